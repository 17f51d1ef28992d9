import type { EventMatcher } from './filter.js';
import type { Position } from './event-store.port.js';

export interface LiveTailOptions {
  /** Last position of the log when the tail begins. */
  readonly head: Position | undefined;
  /** Events kept at most; default 4,096. */
  readonly maxEvents?: number;
  /** Bytes of JSON kept at most; default 16 MiB. */
  readonly maxBytes?: number;
}

/** What a tail has to know of an event. */
export interface LiveRecord {
  readonly stream: string;
  readonly type: string;
  readonly position: Position;
}

export interface LivePage<Recorded> {
  readonly events: readonly Recorded[];
  /** Nothing that matches lies between the cursor and here except `events`. */
  readonly scannedTo: Position | undefined;
}

/**
 * The last events of a log in memory, bounded by count and bytes. Subscribers pull from it with a cursor of their own; one whose cursor
 * lies before what is kept reads the log instead. The tail holds nothing per subscriber, so a slow one costs nothing.
 */
export class LiveTail<Recorded extends LiveRecord> {
  private readonly maxEvents: number;
  private readonly maxBytes: number;
  /** A ring: `written` counts events ever published, of which the last `kept` are here. */
  private readonly ring: (Recorded | undefined)[];
  private readonly sizes: Float64Array;
  private written = 0;
  private kept = 0;
  private keptBytes = 0;
  private last: Position | undefined;
  /** The tail knows every event after this position. */
  private knownAfter: Position | undefined;
  private readonly waiting = new Set<() => void>();
  private ending: { readonly error?: unknown } | undefined;

  constructor({ head, maxEvents = 4_096, maxBytes = 16 * 1024 * 1024 }: LiveTailOptions) {
    this.maxEvents = maxEvents;
    this.maxBytes = maxBytes;
    this.ring = new Array<Recorded | undefined>(maxEvents);
    this.sizes = new Float64Array(maxEvents);
    this.last = this.knownAfter = head;
  }

  /** Last position of the log. */
  get head(): Position | undefined {
    return this.last;
  }

  /** Why the tail has ended, undefined while it lives: by `close` without an error, by `fail` with one. */
  get ended(): { readonly error?: unknown } | undefined {
    return this.ending;
  }

  /** Adds events that have just become durable, in log order. `bytes` is their JSON's size. */
  publish(events: readonly Recorded[], bytes: number): void {
    const each = bytes / events.length;
    for (const event of events) {
      if (this.kept === this.maxEvents) this.evict();
      const slot = this.written++ % this.maxEvents;
      this.ring[slot] = event;
      this.sizes[slot] = each;
      this.kept++;
      this.keptBytes += each;
      this.last = event.position;
    }
    while (this.kept > 0 && this.keptBytes > this.maxBytes) this.evict();
    this.wakeAll();
  }

  /** Up to `limit` matching events after the cursor (undefined: from the first one); undefined when the tail no longer has them all. */
  read(cursor: Position | undefined, limit: number, matches: EventMatcher): LivePage<Recorded> | undefined {
    if (this.knownAfter !== undefined && (cursor === undefined || cursor < this.knownAfter)) return undefined;
    const events: Recorded[] = [];
    for (let i = this.firstAfter(cursor); i < this.written; i++) {
      const event = this.at(i);
      if (!matches(event)) continue;
      events.push(event);
      if (events.length === limit) return { events, scannedTo: event.position };
    }
    const beyond = cursor !== undefined && (this.last === undefined || cursor > this.last);
    return { events, scannedTo: beyond ? cursor : this.last };
  }

  /** Lets go of the events kept: readers that have not seen them read the log, which may have fewer. */
  forget(): void {
    while (this.kept > 0) this.evict();
  }

  /** Calls `wake` once: at the next event, or at the end. Gives a function that takes the wish back. */
  onChange(wake: () => void): () => void {
    this.waiting.add(wake);
    return () => this.waiting.delete(wake);
  }

  /** The log is closed: subscriptions end. */
  close(): void {
    this.end({});
  }

  /** The log is lost: subscriptions throw the error. */
  fail(error: unknown): void {
    this.end({ error });
  }

  private end(how: { readonly error?: unknown }): void {
    this.ending ??= how;
    this.wakeAll();
  }

  private wakeAll(): void {
    const wakes = [...this.waiting];
    this.waiting.clear();
    for (const wake of wakes) wake();
  }

  private at(index: number): Recorded {
    return this.ring[index % this.maxEvents]!;
  }

  private evict(): void {
    const slot = (this.written - this.kept) % this.maxEvents;
    this.knownAfter = this.ring[slot]!.position;
    this.keptBytes -= this.sizes[slot]!;
    this.ring[slot] = undefined;
    this.kept--;
  }

  /** Index of the first kept event after the cursor, by bisection. */
  private firstAfter(cursor: Position | undefined): number {
    let low = this.written - this.kept;
    if (cursor === undefined) return low;
    let high = this.written;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle).position > cursor) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
