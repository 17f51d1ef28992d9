/** Place in the whole log. Opaque: compare it, store it, hand it back; do no arithmetic on it. It only grows, from above 0: 0 is the place before the first event. */
export type Position = bigint;
/** Place of an event in its stream, from 0. */
export type Revision = bigint;

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface EventMetadata {
  /** The event's time (see the design, rule 2), epoch milliseconds. */
  readonly time: number;
  readonly causationId?: string;
  readonly correlationId?: string;
  readonly [key: string]: Json | undefined;
}

export interface NewEvent {
  /** UUID; appending the same id to the same stream again changes nothing. */
  readonly id: string;
  readonly type: string;
  /** Plain JSON data; the store neither changes nor keeps the caller's object, but live readers may share it: never mutate it. */
  readonly data: object;
  readonly metadata: EventMetadata;
}

export interface RecordedEvent extends NewEvent {
  readonly stream: string;
  readonly revision: Revision;
  readonly position: Position;
  /** When the log wrote it, epoch milliseconds by the log's clock; never falls from one position to the next. */
  readonly recordedAt: number;
}

/** `any`: no check. `no-stream`: the stream must be empty or absent. `stream-exists`: it must have an event. A revision: it must be the last one. */
export type ExpectedRevision = 'any' | 'no-stream' | 'stream-exists' | Revision;

export interface AppendResult {
  /** Revision and position of the last event of the append. */
  readonly revision: Revision;
  readonly position: Position;
}

export type Direction = 'forwards' | 'backwards';

export interface ReadStreamOptions {
  readonly direction?: Direction;
  /** Inclusive. Default: the first event forwards, the last one backwards. */
  readonly from?: Revision;
  /** Default: no limit. */
  readonly maxCount?: number;
}

/** Keeps events whose stream name starts with one of the prefixes, and whose type is one of the types, where given. */
export interface EventFilter {
  readonly streamPrefixes?: readonly string[];
  readonly types?: readonly string[];
}

export interface ReadAllOptions {
  readonly direction?: Direction;
  /** Inclusive. Default: the first event forwards, the last one backwards. */
  readonly from?: Position;
  /** Exclusive; resume after this event (forwards only). At most one of `from` and `after`. */
  readonly after?: Position;
  readonly filter?: EventFilter;
  /** Default: no limit. */
  readonly maxCount?: number;
}

export interface SubscribeOptions {
  /** Exclusive: the last position already seen. `start`: from the first event. `end`: only what comes from now on. */
  readonly after: Position | 'start' | 'end';
  readonly filter?: EventFilter;
  /** Largest batch handed over at once; default 512. */
  readonly maxBatch?: number;
  readonly signal?: AbortSignal;
}

/**
 * `events`: at least one event, in log order. `caught-up`: every event of the filter up to `position` has been handed over; sent once
 * after the backlog, and again whenever a slow reader fell back to reading the log and caught up again.
 */
export type SubscriptionItem =
  | { readonly kind: 'events'; readonly events: readonly RecordedEvent[] }
  | { readonly kind: 'caught-up'; readonly position: Position | undefined };

export interface LogHealth {
  readonly state: 'up' | 'degraded' | 'down';
  /** A sentence for people. */
  readonly detail: string;
  readonly appendsInFlight: number;
}

/**
 * An append-only log of streams with one total order.
 *
 * Errors are {@link EventStoreError} with a code of a closed set. A promise of `append` resolves only after the events are durable
 * (fsync), and each append is all or nothing. Every call has a deadline of the adapter's settings.
 */
export interface EventStore {
  /** Appends at most 1 MiB of events to one stream. Idempotent by event id within the stream. */
  append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<AppendResult>;
  /** Events of one stream in order; an absent stream is empty. Batches bound memory. */
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<RecordedEvent>;
  /** Events of all streams in log order. */
  readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent>;
  /**
   * The log from a position on, for ever: first the backlog, then live. Pull-based: nothing is handed over before it is asked for, and a
   * slow reader costs a bounded buffer, never an event. Ends when the signal aborts or the store closes; throws when the log is lost.
   */
  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem>;
  /** Last position written, undefined for an empty log. */
  head(): Promise<Position | undefined>;
  /** Last position recorded at or before the time (log's clock), undefined when there is none. */
  positionAt(time: number): Promise<Position | undefined>;
  health(): LogHealth;
  close(): Promise<void>;
}
