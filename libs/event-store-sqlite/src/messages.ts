import type { EventFilter, Payload } from '@millwright/event-store';

/** Revisions and positions are numbers between the threads: SQLite's rowids stay below 2^53, and bigints cost more to send. */
export type Expected = 'any' | 'no-stream' | 'stream-exists' | number;

/** Appends that share one transaction. */
export interface AppendGroup {
  /** Epoch milliseconds, not below that of any earlier group. */
  readonly recordedAt: number;
  readonly appends: readonly GroupedAppend[];
}

export interface GroupedAppend {
  readonly stream: string;
  readonly expected: Expected;
  readonly ids: readonly string[];
  readonly types: readonly string[];
  readonly data: readonly Payload[];
  readonly metadata: readonly Payload[];
}

/** What became of one append of a group. */
export type AppendOutcome =
  | {
      readonly kind: 'written';
      /** Of the first new event; the others follow one by one. */
      readonly revision: number;
      readonly position: number;
      /** Indexes of the new events; absent: all. */
      readonly fresh?: readonly number[];
    }
  /** Every event was there already; the place of the last one in the stream. */
  | { readonly kind: 'repeated'; readonly revision: number; readonly position: number }
  | { readonly kind: 'wrong-expected-revision'; readonly actual: number | undefined };

export interface WriterData {
  readonly path: string;
  readonly lockWaitMs: number;
  readonly maxBytes: number | undefined;
}

export interface ReaderData {
  readonly path: string;
}

/** Where the log ends. */
export interface LogEnd {
  readonly position: number | undefined;
  readonly recordedAt: number;
}

/** A record as it stands in the file. */
export type EventRow = [
  position: number,
  stream: string,
  revision: number,
  id: string,
  type: string,
  recordedAt: number,
  metadata: Payload,
  data: Payload,
];

export interface Page {
  readonly rows: readonly EventRow[];
  /** The next page goes on after this place (before it, backwards); undefined: there is no more. */
  readonly next: number | undefined;
  /** The log's (or stream's) last place when the page was read: a read goes up to that of its first page. */
  readonly end: number | undefined;
}

export interface PageRequest {
  readonly direction: 'forwards' | 'backwards';
  /** Exclusive; undefined: from the first, or the last one backwards. */
  readonly after: number | undefined;
  /** Inclusive end of a forward read; undefined: the end as it is now. */
  readonly upTo: number | undefined;
  readonly limit: number;
}

export interface StreamPageRequest extends PageRequest {
  readonly stream: string;
}

export interface LogPageRequest extends PageRequest {
  readonly filter: EventFilter | undefined;
}
