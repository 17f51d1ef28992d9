import { derivedStream } from '@millwright/events';
import type { NewEvent, Position } from '@millwright/event-store';
import type { Drawn } from './plant-fold.js';
import type { StreamAppender } from './stream-appender.js';

/** A conclusion as it goes to the log; the same on every derivation. */
export const conclusionEvent = ({ id, cause, emitted, record }: Drawn): NewEvent => ({
  id,
  type: emitted.type,
  data: emitted.data,
  metadata: {
    time: emitted.time,
    causationId: cause.id,
    machine: record.machine,
    definitionHash: record.definitionHash,
  },
});

/**
 * Takes conclusions to `derived-*`. Bounded: `room` resolves when there is place for more, so that the fold waits for the log and
 * not the memory.
 */
export class Outbox {
  private readonly appender: StreamAppender;
  private readonly capacity: number;
  private readonly onFailure: (error: unknown) => void;
  private inFlight = 0;
  private waiters: (() => void)[] = [];
  private last: Position | undefined;

  constructor(appender: StreamAppender, capacity: number, onFailure: (error: unknown) => void) {
    this.appender = appender;
    this.capacity = capacity;
    this.onFailure = onFailure;
  }

  send(drawn: Drawn): void {
    this.inFlight++;
    this.appender
      .append(derivedStream(drawn.asset), [conclusionEvent(drawn)])
      .then(({ position }) => {
        if (this.last === undefined || position > this.last) this.last = position;
      })
      .catch(this.onFailure)
      .finally(() => {
        this.inFlight--;
        const wake = this.waiters;
        this.waiters = [];
        for (const waiter of wake) waiter();
      });
  }

  /** The furthest position at which a conclusion sent by this process was written. */
  get lastPosition(): Position | undefined {
    return this.last;
  }

  get depth(): number {
    return this.inFlight;
  }

  /** Resolves when fewer than the capacity are under way. */
  async room(): Promise<void> {
    while (this.inFlight >= this.capacity) await this.change();
  }

  /** Resolves when nothing is under way. */
  async empty(): Promise<void> {
    while (this.inFlight > 0) await this.change();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.waiters.push(resolve));
  }
}
