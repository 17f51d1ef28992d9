import {
  planAppend,
  WrongExpectedRevisionError,
  type AppendResult,
  type EventStoreError,
  type ExpectedRevision,
  type NewRecord,
  type Position,
  type Revision,
} from '@millwright/event-store';
import type { Pause } from './back-off.js';
import type { Written } from './batch-call.js';
import { isPassing } from './errors.js';
import type { Place, StreamEnd } from './stream-end.js';

/** An append that somebody waits for. */
export interface Append {
  readonly expected: ExpectedRevision;
  readonly records: readonly NewRecord[];
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: EventStoreError) => void;
  /** The caller has been told that its deadline has passed. */
  expired: boolean;
  /** Why it was not written at the last try. */
  failure: EventStoreError | undefined;
}

export interface StreamWriterOptions {
  readonly stream: string;
  readonly readEnd: () => Promise<StreamEnd>;
  /** Position of an event that only its revision is known of. */
  readonly positionOf: (revision: Revision) => Promise<Position>;
  /** Sends an append; those of one stream are written in the order of the calls. */
  readonly send: (expected: ExpectedRevision, records: readonly NewRecord[]) => Promise<Written>;
  /** Waits before a retry. */
  readonly pause: Pause;
}

interface Entry extends Append {
  /** Counts the stream's appends, from 1. */
  readonly number: number;
}

interface Outcome {
  readonly written: (written: Written) => void;
  readonly refused: (error: EventStoreError) => void;
}

/** Appends of one stream that are on the way at once, at most. */
const MAX_DEPTH = 64;
/** So many times another writer may come first before there is a pause. */
const MAX_HASTE = 3;

/**
 * Appends of one stream, in order, each exactly once. It knows how the stream ends, sends every append with the revision that the stream
 * must be at, and so notices when another writer, or a lost answer, makes that wrong; then it lets land what is on the way, reads the end
 * again, finds by their ids which of its events are there, and goes on with the rest.
 */
export class StreamWriter {
  private readonly options: StreamWriterOptions;
  private waiting: Entry[] = [];
  private failed: Entry[] = [];
  private inFlight = 0;
  /** How many may be on the way: doubled by each that is written, 1 again when something was not as it seemed. */
  private depth = 1;
  /** Undefined: to be read. */
  private end: StreamEnd | undefined;
  /** Last revision when all that is on the way is written; undefined: no event can be seen. */
  private projected: Revision | undefined;
  private added = 0;
  /** The end was read when so many appends had come, and nothing has been sent since: of them it can be said that they are wrong. */
  private verified = 0;
  private readonly sent = new Set<string>();
  /** Last revision of a stream without events to be seen, as the server has told it. */
  private hidden: Revision | undefined;
  /** Counts how often something was found to be unlike it seemed. */
  private forgotten = 0;
  private attempt = 0;
  private running = false;
  private changed = false;
  private wake: (() => void) | undefined;

  constructor(options: StreamWriterOptions) {
    this.options = options;
  }

  get idle(): boolean {
    return !this.running;
  }

  add(append: Append): void {
    this.waiting.push(Object.assign(append, { number: ++this.added }));
    this.change();
    if (!this.running) void this.run();
  }

  /** What is known of the stream's end may be wrong: it is read again before the next append. */
  forget(): void {
    this.forgotten++;
    this.end = undefined;
    this.projected = undefined;
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.waiting.length + this.failed.length + this.inFlight > 0) {
      this.changed = false;
      if (this.inFlight === 0 && this.failed.length > 0) await this.recover();
      else if (!(await this.next()) && !this.changed) await new Promise<void>((resolve) => (this.wake = resolve));
    }
    this.running = false;
  }

  private change(): void {
    this.changed = true;
    this.wake?.();
    this.wake = undefined;
  }

  /** Settles or sends the first append, or reads what that takes. False: something must land, or come, first. */
  private async next(): Promise<boolean> {
    const [append] = this.waiting;
    if (!append || this.failed.length > 0 || this.inFlight >= this.depth) return false;
    if (append.expired) return this.take();
    const { end, projected } = this;
    if (!end) return this.inFlight === 0 && this.learn();
    if (append.records.some(({ id }) => this.sent.has(id))) return false;
    const there = append.records.map(({ id }) => end.placeOf(id));
    const isNew = there.every((place) => place === undefined);
    if (isNew && (projected === undefined || append.expected === 'stream-exists')) return this.ask(append);
    const plan = planAppend(
      projected,
      append.expected,
      there.map((place) => place?.revision),
    );
    if (plan.ok && plan.fresh.length === 0) {
      void this.repeated(append, there as Place[]);
      return this.take();
    }
    if (plan.ok) return this.dispatch(append, projected!, plan.fresh);
    if (this.inFlight > 0) return false;
    if (append.number > this.verified) return this.learn();
    if (isNew && !end.reachesBackTo(append.expected)) return this.ask(append);
    append.reject(new WrongExpectedRevisionError(this.options.stream, append.expected.toString(), projected!));
    return this.take();
  }

  private take(): true {
    this.waiting.shift();
    return true;
  }

  private async learn(): Promise<true> {
    const { added, forgotten } = this;
    try {
      const end = await this.options.readEnd();
      if (forgotten !== this.forgotten) return true;
      this.end = end;
      this.projected = end.last;
      this.verified = added;
    } catch (error) {
      await this.undecided(error as EventStoreError);
    }
    return true;
  }

  /** Sends the events that are new, behind what is on the way. */
  private dispatch(append: Entry, base: Revision, fresh: readonly number[]): true {
    const records = fresh.map((index) => append.records[index]!);
    this.projected = base + BigInt(records.length);
    this.send(append, base, records, {
      written: (written) => this.written(append, records, base, written),
      refused: (error) => this.refused(append, error),
    });
    return this.take();
  }

  /**
   * Sends an append, alone, for the server to say how it is: a stream without events to be seen may be absent, deleted or all too old, and
   * whether a stream exists another process may have changed.
   */
  private ask(append: Entry): boolean {
    if (this.inFlight > 0) return false;
    const { expected, records } = append;
    // A retry with `any` could write twice.
    this.send(append, expected === 'any' ? (this.hidden ?? 'no-stream') : expected, records, {
      written: (written) => this.written(append, records, undefined, written),
      refused: (error) => this.answered(append, error),
    });
    return this.take();
  }

  private send(append: Entry, expected: ExpectedRevision, records: readonly NewRecord[], outcome: Outcome): void {
    for (const { id } of records) this.sent.add(id);
    this.inFlight++;
    this.verified = 0;
    const land = (): void => {
      for (const { id } of records) this.sent.delete(id);
      this.inFlight--;
    };
    this.options.send(expected, records).then(
      (written) => {
        land();
        outcome.written(written);
        this.change();
      },
      (error: EventStoreError) => {
        land();
        append.failure = error;
        outcome.refused(error);
        this.change();
      },
    );
  }

  /** `base`: the revision that the stream was thought to be at, where it was. */
  private written(append: Entry, records: readonly NewRecord[], base: Revision | undefined, written: Written): void {
    const { revision, position } = written;
    this.attempt = 0;
    void this.repeated(append, [{ revision, position }]);
    const first = revision - BigInt(records.length) + 1n;
    // The server had them already, or the stream was not what it seemed: look again before the next one.
    if (base !== undefined && first !== base + 1n) return this.surprised();
    this.depth = Math.min(this.depth * 2, MAX_DEPTH);
    if (!this.end) return;
    for (const [index, { id }] of records.entries()) {
      const last = index === records.length - 1;
      this.end.add(id, { revision: first + BigInt(index), position: last ? position : undefined });
    }
    if (this.projected === undefined || this.projected < revision) this.projected = revision;
  }

  private refused(append: Entry, error: EventStoreError): void {
    if (error instanceof WrongExpectedRevisionError || isPassing(error)) this.failed.push(append);
    else append.reject(error);
    // What was sent behind it counted on it.
    this.surprised();
  }

  /** An append that the server was asked about has been refused. */
  private answered(append: Entry, error: EventStoreError): void {
    if (!(error instanceof WrongExpectedRevisionError)) return this.refused(append, error);
    if (append.expected !== 'any') return append.reject(error);
    this.hidden = error.actual === 'no-stream' ? undefined : error.actual;
    this.refused(append, error);
  }

  private surprised(): void {
    this.depth = 1;
    this.forget();
  }

  /** All has landed, and some was not written, or nobody knows: they are the first again, in their order. */
  private async recover(): Promise<void> {
    const again = this.failed.sort((a, b) => a.number - b.number).filter(({ expired }) => !expired);
    this.failed = [];
    this.waiting.unshift(...again);
    const away = again.some(({ failure }) => !(failure instanceof WrongExpectedRevisionError));
    if (++this.attempt > MAX_HASTE || away) await this.options.pause(this.attempt);
  }

  /** Every event is there: the place of the last one. */
  private async repeated(append: Append, places: readonly Place[]): Promise<void> {
    const { revision, position } = places.reduce((a, b) => (a.revision > b.revision ? a : b));
    if (position !== undefined) return append.resolve({ revision, position });
    for (let attempt = 0; !append.expired; attempt++) {
      try {
        return append.resolve({ revision, position: await this.options.positionOf(revision) });
      } catch (error) {
        if (!isPassing(error as EventStoreError)) return append.reject(error as EventStoreError);
        append.failure = error as EventStoreError;
        await this.options.pause(attempt);
      }
    }
  }

  /** The end cannot be read: for good, and all who wait hear it, or for now. */
  private async undecided(error: EventStoreError): Promise<void> {
    if (!isPassing(error)) {
      for (const append of this.waiting.splice(0)) append.reject(error);
      return;
    }
    this.waiting = this.waiting.filter(({ expired }) => !expired);
    for (const append of this.waiting) append.failure = error;
    await this.options.pause(this.attempt++);
  }
}
