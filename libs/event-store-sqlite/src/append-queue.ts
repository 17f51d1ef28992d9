import {
  EventStoreError,
  WrongExpectedRevisionError,
  type AppendResult,
  type ExpectedRevision,
  type LogRecord,
  type NewRecord,
} from '@millwright/event-store';
import type { AppendGroup, AppendOutcome } from './messages.js';

export interface AppendQueueOptions {
  /** Commits a group; never more than one at a time. */
  readonly commit: (group: AppendGroup) => Promise<readonly AppendOutcome[]>;
  /** Records that have become durable, in log order, and the bytes of their payload. */
  readonly publish: (records: readonly LogRecord[], bytes: number) => void;
  readonly toError: (action: string, error: unknown) => EventStoreError;
  /** The log's clock, epoch milliseconds. */
  readonly now: () => number;
  /** `recordedAt` of the log's last event. */
  readonly recordedAt: number;
  readonly deadlineMs: number;
  /** Appends and bytes that may wait or be under way; more are refused with `overloaded`. */
  readonly maxAppends: number;
  readonly maxBytes: number;
}

interface Entry {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly records: readonly NewRecord[];
  readonly bytes: number;
  /** On the monotonic clock. */
  readonly expiresAt: number;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: EventStoreError) => void;
  /** The caller has been told that the deadline has passed, and hears no more; the append may still be under way. */
  expired: boolean;
}

/** Bounds of one transaction: a stalled disk must not make the next one huge. */
const GROUP_APPENDS = 1_024;
const GROUP_BYTES = 4 * 1024 * 1024;

/**
 * Group commit: appends of one turn of the event loop, and all that arrive while a group is being committed, go together in the next
 * group, with one fsync for all. Order of calls is order in the log.
 */
export class AppendQueue {
  private readonly options: AppendQueueOptions;
  private waiting: Entry[] = [];
  private underWay: Entry[] = [];
  private bytes = 0;
  private recordedAt: number;
  private scheduled = false;
  private sweep: NodeJS.Timeout | undefined;
  private idle: (() => void)[] = [];
  private fault: EventStoreError | undefined;

  constructor(options: AppendQueueOptions) {
    this.options = options;
    this.recordedAt = options.recordedAt;
  }

  /** `bytes`: of the records' payload, as `checkAppend` gives it. */
  add(stream: string, expected: ExpectedRevision, records: readonly NewRecord[], bytes: number): Promise<AppendResult> {
    const { maxAppends, maxBytes, deadlineMs } = this.options;
    if (this.size >= maxAppends || this.bytes + bytes > maxBytes) {
      const reason = `${this.size} appends of ${this.bytes} bytes are waiting, at most ${maxAppends} of ${maxBytes} bytes may`;
      return Promise.reject(
        new EventStoreError('overloaded', `append to "${stream}": ${reason}; slow down and repeat later`),
      );
    }
    return new Promise((resolve, reject) => {
      const expiresAt = performance.now() + deadlineMs;
      this.waiting.push({ stream, expected, records, bytes, expiresAt, resolve, reject, expired: false });
      this.bytes += bytes;
      this.sweep ??= setTimeout(() => this.expire(), deadlineMs);
      this.schedule();
    });
  }

  /** Appends not answered yet by the disk. */
  get size(): number {
    return this.waiting.length + this.underWay.length;
  }

  /** How long the oldest append has waited, milliseconds. */
  get waitedMs(): number {
    const oldest = this.underWay[0] ?? this.waiting[0];
    return oldest ? performance.now() - (oldest.expiresAt - this.options.deadlineMs) : 0;
  }

  /** Why the last group could not be written; undefined when it was. */
  get lastFault(): EventStoreError | undefined {
    return this.fault;
  }

  /** Resolves when every append has been answered or has passed its deadline. */
  settled(): Promise<void> {
    return this.oldest() ? new Promise((resolve) => this.idle.push(resolve)) : Promise.resolve();
  }

  /** Stops the deadline's timer; to be called when nothing will be added any more. */
  stop(): void {
    clearTimeout(this.sweep);
  }

  /** A group begins when the running turn of the event loop has added all it has. */
  private schedule(): void {
    if (this.scheduled || this.underWay.length > 0) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      if (this.waiting.length > 0 && this.underWay.length === 0) void this.commitNext();
    });
  }

  private async commitNext(): Promise<void> {
    const entries = (this.underWay = this.takeGroup());
    const recordedAt = (this.recordedAt = Math.max(this.recordedAt, Math.trunc(this.options.now())));
    try {
      const appends = entries.map(({ stream, expected, records }) => ({
        stream,
        expected: typeof expected === 'bigint' ? Number(expected) : expected,
        ids: records.map(({ id }) => id),
        types: records.map(({ type }) => type),
        data: records.map(({ data }) => data),
        metadata: records.map(({ metadata }) => metadata),
      }));
      const outcomes = await this.options.commit({ recordedAt, appends });
      this.fault = undefined;
      this.finish(entries, (entry, i) => settle(entry, outcomes[i]!), publishable(entries, outcomes, recordedAt));
    } catch (error) {
      this.fault = this.options.toError('append', error);
      this.finish(entries, ({ stream, reject }) => reject(this.options.toError(`append to "${stream}"`, error)));
    }
  }

  private finish(
    entries: readonly Entry[],
    tell: (entry: Entry, index: number) => void,
    written: readonly LogRecord[] = [],
  ): void {
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    this.bytes -= bytes;
    this.underWay = [];
    if (written.length > 0) this.options.publish(written, bytes);
    entries.forEach(tell);
    this.tellIdle();
    this.schedule();
  }

  private takeGroup(): Entry[] {
    let count = 0;
    let bytes = 0;
    while (count < this.waiting.length && count < GROUP_APPENDS && (count === 0 || bytes < GROUP_BYTES)) {
      bytes += this.waiting[count++]!.bytes;
    }
    return this.waiting.splice(0, count);
  }

  /** Rejects what has passed its deadline. What is still waiting is never written; what is under way may be. */
  private expire(): void {
    const now = performance.now();
    const isLate = (entry: Entry): boolean => !entry.expired && entry.expiresAt <= now;
    const dropped = this.waiting.filter(isLate);
    if (dropped.length > 0) this.waiting = this.waiting.filter((entry) => !isLate(entry));
    for (const { bytes } of dropped) this.bytes -= bytes;
    for (const entry of [...this.underWay.filter(isLate), ...dropped]) {
      entry.expired = true;
      const message = `append to "${entry.stream}" was not durable within ${this.options.deadlineMs} ms; the disk may be stalled`;
      entry.reject(new EventStoreError('deadline-exceeded', `${message}; repeating the append is harmless`));
    }
    const next = this.oldest();
    this.sweep = next && setTimeout(() => this.expire(), Math.max(1, next.expiresAt - now));
    this.tellIdle();
  }

  private oldest(): Entry | undefined {
    return this.underWay.find((entry) => !entry.expired) ?? this.waiting[0];
  }

  private tellIdle(): void {
    if (!this.oldest()) for (const resolve of this.idle.splice(0)) resolve();
  }
}

const settle = (entry: Entry, outcome: AppendOutcome): void => {
  const { stream, expected, records } = entry;
  switch (outcome.kind) {
    case 'written': {
      const behind = (outcome.fresh ?? records).length - 1;
      return entry.resolve({
        revision: BigInt(outcome.revision + behind),
        position: BigInt(outcome.position + behind),
      });
    }
    case 'repeated':
      return entry.resolve({ revision: BigInt(outcome.revision), position: BigInt(outcome.position) });
    case 'wrong-expected-revision': {
      const actual = outcome.actual === undefined ? 'no-stream' : BigInt(outcome.actual);
      return entry.reject(new WrongExpectedRevisionError(stream, expected.toString(), actual));
    }
  }
};

/** The records that a group has added to the log, with what their callers had parsed: live readers parse nothing. */
const publishable = (entries: readonly Entry[], outcomes: readonly AppendOutcome[], recordedAt: number): LogRecord[] =>
  entries.flatMap(({ stream, records }, i) => {
    const outcome = outcomes[i]!;
    if (outcome.kind !== 'written') return [];
    const fresh = outcome.fresh ? outcome.fresh.map((index) => records[index]!) : records;
    return fresh.map((record, n): LogRecord => {
      const revision = BigInt(outcome.revision + n);
      const position = BigInt(outcome.position + n);
      return { ...record, stream, revision, position, recordedAt };
    });
  });
