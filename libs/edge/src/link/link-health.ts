import type { SignalId } from '@millwright/events';
import type { ConnectorHealth } from '../connector.port.js';

/** The books behind {@link ConnectorHealth}: every connector keeps one and answers `health()` with its snapshot. */
export class LinkHealth {
  private readonly now: () => number;
  private readonly faults = new Map<SignalId, string>();
  private link: ConnectorHealth['link'] = 'connecting';
  private detail: string;
  private reconnects = 0;
  private wasUp = false;
  private lastError: string | undefined;
  private lastSeen: number | undefined;

  constructor(detail: string, now: () => number) {
    this.detail = detail;
    this.now = now;
  }

  connecting(detail: string): void {
    this.link = 'connecting';
    this.detail = detail;
  }

  /** Each time but the first counts as a reconnect. */
  up(detail: string): void {
    if (this.wasUp && this.link !== 'up') this.reconnects++;
    this.wasUp = true;
    this.link = 'up';
    this.detail = detail;
    this.seen();
  }

  down(reason: string): void {
    this.link = 'down';
    this.detail = reason;
    this.lastError = reason;
  }

  /** A sample or an answer arrived. */
  seen(): void {
    this.lastSeen = this.now();
  }

  /** The signal cannot be read, while the others go on. */
  fault(signal: SignalId, reason: string): void {
    this.faults.set(signal, reason);
  }

  /** The signal can be read again; costs next to nothing when it always could. */
  recovered(signal: SignalId): void {
    if (this.faults.size > 0) this.faults.delete(signal);
  }

  snapshot(): ConnectorHealth {
    return {
      link: this.link,
      detail: this.detail,
      reconnects: this.reconnects,
      ...(this.lastError !== undefined && { lastError: this.lastError }),
      ...(this.lastSeen !== undefined && { lastSeen: this.lastSeen }),
      faults: [...this.faults].map(([signal, reason]) => ({ signal, reason })),
    };
  }
}
