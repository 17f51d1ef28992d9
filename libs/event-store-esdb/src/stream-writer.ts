import {
  EventStoreError,
  planAppend,
  StreamDeletedError,
  WrongExpectedRevisionError,
  type AppendResult,
  type ExpectedRevision,
  type NewRecord,
  type Revision,
} from '@millwright/event-store';
import { isPassing } from './errors.js';
import { StreamEnd, type Place } from './stream-end.js';

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
  readonly positionOf: (revision: Revision) => Promise<bigint>;
  readonly send: (expected: ExpectedRevision, records: readonly NewRecord[]) => Promise<AppendResult>;
  /** Waits before a retry. */
  readonly pause: (attempt: number) => Promise<void>;
}

/** Appends of one stream that are on the way at once. */
const PIPELINE = 32;

/**
 * Appends of one stream, in order, each exactly once. It knows how the stream ends, sends every append with the revision that the stream must
 * be at, and so notices when another writer, or a lost answer, makes that wrong; then it reads the end again, and finds by their ids which
 * of its events are there.
 */
export class StreamWriter {
  private readonly options: StreamWriterOptions;
  private waiting: Append[] = [];
  private inFlight = 0;
  private failed: Append[] = [];
  /** Undefined: to be read. */
  private end: StreamEnd | undefined;
  /** Last revision when all that is on the way is written. */
  private projected: Revision | undefined;
  private added = 0;
  /** The end was read after so many appends had come, and nothing has been sent since: of them, it can be said that they are wrong. */
  private verified = 0;
  private readonly sent = new Set<string>();
  private running: Promise<void> | undefined;
  private landed: (() => void) | undefined;
  private attempt = 0;

  constructor(options: StreamWriterOptions) {
    this.options = options;
  }

  get idle(): boolean {
    return this.running === undefined;
  }

  add(append: Append): void {
    this.added++;
    this.waiting.push(append);
    this.landed?.();
    this.running ??= this.run().finally(() => (this.running = undefined));
  }

  private async run(): Promise<void> {
    // Appends of this turn of the event loop come together.
    await Promise.resolve();
    while (this.waiting.length > 0 || this.inFlight > 0) {
      while (this.waiting.length > 0 && this.inFlight < PIPELINE && this.failed.length === 0) {
        if (!(await this.next())) break;
      }
      if (this.inFlight > 0) await new Promise<void>((resolve) => (this.landed = resolve));
      if (this.inFlight === 0 && this.failed.length > 0) await this.recover();
    }
  }

  /** Settles or sends the first append. False: what is on the way must land first. */
  private async next(): Promise<boolean> {
    const append = this.waiting[0]!;
    if (append.expired) {
      this.waiting.shift();
      return true;
    }
    if (!this.end) {
      if (this.inFlight > 0) return false;
      return this.learn();
    }
    const { end } = this;
    if (append.records.some(({ id }) => this.sent.has(id))) return false;
    const there = append.records.map(({ id }) => end.placeOf(id));
    // Nothing to be seen may be an absent stream, or a deleted one that goes on: the server knows.
    if (this.projected === undefined && there.every((place) => place === undefined)) return this.trust(append);
    const plan = planAppend(
      this.projected,
      append.expected,
      there.map((place) => place?.revision),
    );
    if (plan.ok) {
      this.waiting.shift();
      if (plan.fresh.length === 0) await this.repeated(append, there as Place[]);
      else this.dispatch(append, this.projected ?? 'no-stream', plan.fresh);
      return true;
    }
    if (this.inFlight > 0) return false;
    // Those that wait are the last ones that came.
    if (this.added - this.waiting.length >= this.verified) return this.learn();
    this.waiting.shift();
    const actual = this.projected ?? 'no-stream';
    append.reject(new WrongExpectedRevisionError(this.options.stream, append.expected.toString(), actual));
    return true;
  }

  /** Reads how the stream ends. */
  private async learn(): Promise<boolean> {
    const { added } = this;
    try {
      this.end = await this.options.readEnd();
      this.projected = this.end.last;
      this.verified = added;
      this.attempt = 0;
    } catch (error) {
      await this.undecided(error as EventStoreError);
    }
    return true;
  }

  /** Sends an append as it is, alone. */
  private trust(append: Append): boolean {
    if (this.inFlight > 0) return false;
    this.waiting.shift();
    this.dispatch(append, append.expected, undefined);
    return true;
  }

  private dispatch(append: Append, expected: ExpectedRevision, fresh: readonly number[] | undefined): void {
    const records = fresh ? fresh.map((index) => append.records[index]!) : append.records;
    const base = typeof expected === 'bigint' ? expected : expected === 'no-stream' ? -1n : undefined;
    for (const { id } of records) this.sent.add(id);
    this.inFlight++;
    if (base !== undefined && fresh) this.projected = base + BigInt(records.length);
    this.verified = 0;
    this.options.send(expected, records).then(
      (result) => this.written(append, records, base, result),
      (error: EventStoreError) => this.refused(append, records, error),
    );
  }

  private written(
    append: Append,
    records: readonly NewRecord[],
    base: Revision | undefined,
    result: AppendResult,
  ): void {
    this.land(records);
    append.resolve(result);
    const first = result.revision - BigInt(records.length) + 1n;
    // The server found them there already, or the stream was not what it seemed: look again before the next one.
    if (base !== undefined && first !== base + 1n) return this.forget();
    records.forEach(({ id }, i) => {
      const last = i === records.length - 1;
      this.end?.add(id, { revision: first + BigInt(i), position: last ? result.position : undefined });
    });
    if (this.projected === undefined || this.projected < result.revision) this.projected = result.revision;
  }

  private refused(append: Append, records: readonly NewRecord[], error: EventStoreError): void {
    const alone = this.inFlight === 1 && this.end?.last === undefined;
    this.land(records);
    append.failure = error;
    const final =
      error instanceof StreamDeletedError ||
      (error instanceof WrongExpectedRevisionError ? alone && this.failed.length === 0 : !isPassing(error));
    if (final) {
      append.reject(error);
      // What was sent behind it counted on it.
      this.forget();
    } else this.failed.push(append);
  }

  private land(records: readonly NewRecord[]): void {
    for (const { id } of records) this.sent.delete(id);
    this.inFlight--;
    this.landed?.();
  }

  /** What is known of the stream's end may be wrong: it is read again before the next append. */
  forget(): void {
    this.end = undefined;
    this.projected = undefined;
  }

  /** All has landed, and some was not written, or nobody knows: they are the first again, in their order. */
  private async recover(): Promise<void> {
    const { failed } = this;
    this.failed = [];
    this.waiting = [...failed, ...this.waiting];
    this.forget();
    const passing = failed.find(({ failure }) => failure && !(failure instanceof WrongExpectedRevisionError));
    if (passing) await this.options.pause(this.attempt++);
  }

  /** Every event is there: the place of the last one. */
  private async repeated(append: Append, there: readonly Place[]): Promise<void> {
    const { revision, position } = there.reduce((a, b) => (a.revision > b.revision ? a : b));
    try {
      append.resolve({ revision, position: position ?? (await this.options.positionOf(revision)) });
    } catch (error) {
      this.waiting.unshift(append);
      await this.undecided(error as EventStoreError);
    }
  }

  /** A read has failed: for good, and all who wait hear it, or for now. */
  private async undecided(error: EventStoreError): Promise<void> {
    if (isPassing(error)) {
      for (const append of this.waiting) append.failure = error;
      return this.options.pause(this.attempt++);
    }
    for (const append of this.waiting.splice(0)) append.reject(error);
  }
}
