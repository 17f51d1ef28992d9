import type { ComponentHealth } from '@millwright/actor-host';
import { pause } from '@millwright/edge';
import type { Position, RecordedEvent } from '@millwright/event-store';
import { PLANT_PREFIXES } from '@millwright/events';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { API_OPTIONS, type ApiOptions } from '../api-options.js';

/** Events kept for subscribers that are about to join. */
const RECENT_EVENTS = 512;
/** The place before the first event of any log. */
export const BEFORE_ALL: Position = 0n;

/**
 * The one reader of the live log for all subscribers. It keeps the latest events, so that whoever has read the log up to one of them can
 * join without gap or repeat, in one turn.
 */
@Injectable()
export class LiveFeed {
  private readonly options: ApiOptions;
  private readonly log = new Logger('LiveFeed');
  private readonly listeners = new Set<(events: readonly RecordedEvent[]) => void>();
  private recent: RecordedEvent[] = [];
  /** `recent` has every plant event after this one. */
  private floor = BEFORE_ALL;
  private last = BEFORE_ALL;
  private failure: string | undefined;
  private readonly opened: Promise<void>;
  private open!: () => void;

  constructor(@Inject(API_OPTIONS) options: ApiOptions) {
    this.options = options;
    this.opened = new Promise((resolve) => (this.open = resolve));
  }

  /** Reads until the signal aborts; a lost log is taken up again where it ended. */
  async run(signal: AbortSignal): Promise<void> {
    let started = false;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        if (!started) {
          this.last = this.floor = (await this.options.store.head()) ?? BEFORE_ALL;
          started = true;
          this.open();
        }
        this.failure = undefined;
        for await (const events of this.read(signal)) {
          attempt = 0;
          this.publish(events);
          // Sockets get their turn between two batches, so that a burst does not look like stalled clients.
          await new Promise<void>((resolve) => setImmediate(resolve));
        }
      } catch (error) {
        this.failure = error instanceof Error ? error.message : String(error);
      }
      if (signal.aborted) return;
      this.log.warn(`subscriptions lost the log and take it up again: ${this.failure ?? 'it ended'}`);
      await pause(Math.min(50 * 2 ** attempt, 5_000), signal);
    }
  }

  /** Resolves once `position` is known; rejects with the signal. */
  async ready(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await Promise.race([
      this.opened,
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
      ),
    ]);
  }

  /** Position up to which listeners have been told; BEFORE_ALL for an empty log. */
  get position(): Position {
    return this.last;
  }

  /** Whether a reader that has seen everything up to the position can join now. */
  covers(position: Position): boolean {
    return position >= this.floor;
  }

  /** Every plant event after a position that is covered. */
  after(position: Position): readonly RecordedEvent[] {
    return this.recent.filter((event) => event.position > position);
  }

  onEvents(listener: (events: readonly RecordedEvent[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  health(): Pick<ComponentHealth, 'state' | 'detail'> {
    if (this.failure !== undefined) {
      return { state: 'degraded', detail: `no live events: ${this.failure}; they follow when the log is back` };
    }
    return { state: 'up', detail: `live up to position ${this.last === BEFORE_ALL ? 'none' : this.last}` };
  }

  private async *read(signal: AbortSignal): AsyncGenerator<readonly RecordedEvent[]> {
    const filter = { streamPrefixes: PLANT_PREFIXES };
    const after = this.last === BEFORE_ALL ? 'start' : this.last;
    for await (const item of this.options.store.subscribe({ after, filter, signal })) {
      if (item.kind === 'events') yield item.events;
    }
  }

  private publish(events: readonly RecordedEvent[]): void {
    this.last = events.at(-1)!.position;
    this.recent.push(...events);
    if (this.recent.length > 2 * RECENT_EVENTS) {
      const dropped = this.recent.splice(0, this.recent.length - RECENT_EVENTS);
      this.floor = dropped.at(-1)!.position;
    }
    for (const listener of this.listeners) listener(events);
  }
}
