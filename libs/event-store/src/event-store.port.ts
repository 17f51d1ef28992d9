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

/** Keeps the events that every given condition lets pass; an empty list lets nothing pass. */
export interface EventFilter {
  /** The stream's name starts with one of them. */
  readonly streamPrefixes?: readonly string[];
  readonly types?: readonly string[];
  /** The type starts with one of them. */
  readonly typePrefixes?: readonly string[];
  /** Regular expressions (JavaScript, flag `u`), somewhere in the name of the stream or the type; one that is none throws SyntaxError. */
  readonly streamPattern?: string;
  readonly typePattern?: string;
  /** Leaves out the log's own streams, whose names begin with `$`: metadata of streams, scavenges. */
  readonly excludeSystem?: boolean;
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
  /**
   * Told when a part of the log has been read because the reader is behind: everything of the filter up to the position has been handed
   * over. For long stretches in which nothing matches. A store that cannot tell says nothing.
   */
  readonly onBacklog?: (position: Position) => void;
}

/**
 * `events`: at least one event, in log order. `caught-up`: every event of the filter up to `position` has been handed over; sent once
 * after the backlog, and again whenever a slow reader fell back to reading the log and caught up again.
 */
export type SubscriptionItem<Recorded = RecordedEvent> =
  | { readonly kind: 'events'; readonly events: readonly Recorded[] }
  | { readonly kind: 'caught-up'; readonly position: Position | undefined };

export interface LogHealth {
  readonly state: 'up' | 'degraded' | 'down';
  /** A sentence for people. */
  readonly detail: string;
  readonly appendsInFlight: number;
}

/** What a scavenge has removed. */
export interface ScavengeResult {
  /** Events removed; undefined where the store does not tell. */
  readonly removedEvents: number | undefined;
  /** Bytes of disk given back. */
  readonly freedBytes: number;
}

/**
 * An append-only log of streams with one total order; `New` is what is appended, `Recorded` what is read.
 *
 * Errors are {@link EventStoreError} with a code of a closed set. A promise of `append` resolves only after the events are durable
 * (fsync), and each append is all or nothing. Every call has a deadline of the adapter's settings.
 *
 * Streams whose names begin with `$` are the log's own. `$$<stream>` holds the metadata of a stream: its last event of type `$metadata`
 * says how long the stream's events are kept (see `retention.ts`), and is in force when its append resolves. Events that retention or
 * deletion hides are gone from the stream at once; reads of the whole log and subscriptions may hand them out until a scavenge has removed
 * them. Revisions and positions are never given twice, and what a stream expects of an append goes by its last revision, shown or hidden.
 */
export interface Log<New, Recorded> {
  /**
   * Appends at most 1 MiB of events to one stream. Idempotent by event id within the stream, as long as the stream shows the events; the
   * id of a hidden one may be known still, until the event is removed. With EventStoreDB this is so for the last 128 events of the stream;
   * beyond them only an append that expects what it expected at first is known again.
   */
  append(stream: string, expected: ExpectedRevision, events: readonly New[]): Promise<AppendResult>;
  /** Events of one stream in order; an absent or deleted stream is empty, a tombstoned one throws `stream-deleted`. Batches bound memory. */
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<Recorded>;
  /** Events of all streams in log order. */
  readAll(options?: ReadAllOptions): AsyncIterable<Recorded>;
  /**
   * The log from a position on, for ever: first the backlog, then live. Pull-based: nothing is handed over before it is asked for, and a
   * slow reader costs a bounded buffer, never an event. Ends when the signal aborts or the store closes; throws when the log is lost.
   */
  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem<Recorded>>;
  /** Last position written, undefined for an empty log. */
  head(): Promise<Position | undefined>;
  /** Last position recorded at or before the time (log's clock), undefined when there is none. */
  positionAt(time: number): Promise<Position | undefined>;
  /**
   * The stream is empty from now on; an append expecting `any`, `no-stream` or its last revision opens it again, and revisions go on. So
   * does setting its metadata; its old events stay hidden either way. `stream-exists` is refused, by EventStoreDB with `stream-deleted`.
   * An absent stream has nothing to delete, which EventStoreDB refuses as `wrong-expected-revision`. Of the stream's other metadata
   * EventStoreDB keeps nothing, the embedded log all.
   */
  deleteStream(stream: string, expected?: ExpectedRevision): Promise<void>;
  /** The stream's name is closed for ever: every later append, read and deletion of it, and of its metadata, fails with `stream-deleted`. */
  tombstoneStream(stream: string, expected?: ExpectedRevision): Promise<void>;
  /**
   * Removes from the disk what retention and deletion have hidden; appends go on meanwhile. EventStoreDB keeps the last event of each
   * stream all the same, so that it knows where the stream goes on.
   */
  scavenge(): Promise<ScavengeResult>;
  health(): LogHealth;
  close(): Promise<void>;
}

/**
 * The log as the house uses it: events with JSON data. Reads of the whole log and subscriptions leave out the log's own streams, unless
 * the filter asks for a prefix that begins with `$`.
 */
export type EventStore = Log<NewEvent, RecordedEvent>;
