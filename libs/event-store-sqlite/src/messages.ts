import type { EventFilter } from '@millwright/event-store';

/** Revisions and positions are numbers between the threads: SQLite's rowids stay below 2^53, and bigints cost more to send. */
export type Expected = 'any' | 'no-stream' | 'stream-exists' | number;

/** What one caller wants done with one stream. */
export interface Operation {
  /** `scavenged`: the events that a scavenge has removed are told of, in a stream of the log's own. */
  readonly kind: 'append' | 'delete' | 'tombstone' | 'scavenged';
  readonly stream: string;
  readonly expected: Expected;
  /** Events of an append, which follow those of the operations before it in the group's columns; 0 for the others. */
  readonly count: number;
}

/** Operations that share one transaction; their events in columns, since few long values are quicker to send than many short ones. */
export interface OperationGroup extends EventColumns {
  /** Epoch milliseconds, not below that of any earlier group. */
  readonly recordedAt: number;
  readonly operations: readonly Operation[];
}

/** Events side by side. Numbers are in typed arrays, which go to another thread at a quarter of the cost. */
export interface EventColumns {
  /** 16 bytes each. */
  readonly ids: Uint8Array;
  /** Names of types, each once. */
  readonly typeNames: readonly string[];
  /** By event: index of its type's name. */
  readonly types: Int32Array;
  /** By event two: of its metadata, and of its data. Bytes of a text, -1 - bytes of a blob. */
  readonly lengths: Int32Array;
  /** Metadata and data of each event, one after the other. */
  readonly payload: Uint8Array;
}

/** What became of one operation of a group. */
export type Outcome =
  | {
      readonly kind: 'written';
      /** Of the first new event; the others follow one by one. */
      readonly revision: number;
      readonly position: number;
      /** Indexes of the new events; absent: all. */
      readonly fresh?: readonly number[];
      /** The append opened a deleted stream again, or set its metadata: what the log adds to these, right behind. */
      readonly own?: OwnEvent;
    }
  /** Every event was there already; the place of the last one in the stream. */
  | { readonly kind: 'repeated'; readonly revision: number; readonly position: number }
  | { readonly kind: 'done'; readonly own?: OwnEvent }
  | { readonly kind: 'wrong-expected-revision'; readonly actual: number | undefined }
  /** The tombstoned stream: this one, or the one whose metadata it holds. */
  | { readonly kind: 'stream-deleted'; readonly stream: string };

/** An event that the log wrote by itself; its metadata is `{}`. */
export interface OwnEvent {
  readonly stream: string;
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly revision: number;
  readonly position: number;
}

export interface WriterData {
  readonly path: string;
  readonly lockWaitMs: number;
  readonly maxBytes: number | undefined;
}

export interface VerifierData {
  readonly path: string;
  readonly from: number | undefined;
}

export interface ReaderData {
  readonly path: string;
}

/** What a scavenge does next. Before `shrink` (at `tell`) what it has removed is to be told of, by an operation. */
export type ScavengeStep =
  | { readonly phase: 'plan' | 'remove' | 'tell' | 'shrink' | 'finish' }
  | { readonly phase: 'done'; readonly removedEvents: number; readonly freedBytes: number };

export interface VerifyProblem {
  readonly position: number;
  readonly stream: string | undefined;
  readonly sentence: string;
}

/** How far a verification is. */
export interface VerifyState {
  readonly events: number;
  readonly commits: number;
  /** There is no more to look at: the end of the log, or a problem. */
  readonly complete: boolean;
  readonly problem: VerifyProblem | undefined;
  /** The last commit that was found right. */
  readonly head: { readonly position: number; readonly chain: string } | undefined;
}

/** Where the log ends. */
export interface LogEnd {
  readonly position: number | undefined;
  readonly recordedAt: number;
}

/** Events of a read, in columns. */
export interface PageColumns extends EventColumns {
  readonly positions: Float64Array;
  readonly revisions: Float64Array;
  readonly recordedAt: Float64Array;
  /** Names of streams, each once. */
  readonly streamNames: readonly string[];
  /** By event: index of its stream's name. */
  readonly streams: Int32Array;
}

export interface Page {
  /** Undefined: no events. */
  readonly columns: PageColumns | undefined;
  /** The next page goes on after this place (before it, backwards); undefined: there is no more. */
  readonly next: number | undefined;
  /** The log's (or stream's) last place when the page was read: a read goes up to that of its first page. */
  readonly end: number | undefined;
}

/** The stream, or the one whose metadata it holds. */
export interface Tombstoned {
  readonly tombstoned: string;
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
  /** The log's clock, for events that are too old to be shown. */
  readonly now: number;
}

export interface LogPageRequest extends PageRequest {
  readonly filter: EventFilter | undefined;
}
