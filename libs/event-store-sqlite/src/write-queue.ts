import {
  EventStoreError,
  StreamDeletedError,
  WrongExpectedRevisionError,
  type AppendResult,
  type ExpectedRevision,
  type LogRecord,
  type NewRecord,
} from '@millwright/event-store';
import { toColumns } from './event-columns.js';
import type { Operation, OperationGroup, Outcome } from './messages.js';
import { recordsWritten } from './records-written.js';

export interface WriteQueueOptions {
  /** Commits a group; never more than one at a time. */
  readonly commit: (group: OperationGroup) => Promise<readonly Outcome[]>;
  /** Records that have become durable, in log order, and the bytes of their payload. */
  readonly publish: (records: readonly LogRecord[], bytes: number) => void;
  readonly toError: (action: string, error: unknown) => EventStoreError;
  /** Why nothing can be written at the moment; undefined when it can. */
  readonly refusal: () => EventStoreError | undefined;
  /** A group could not be written. */
  readonly onFault: (error: EventStoreError) => void;
  /** The log's clock, epoch milliseconds. */
  readonly now: () => number;
  /** `recordedAt` of the log's last event. */
  readonly recordedAt: number;
  readonly deadlineMs: number;
  /** Operations and bytes that may wait or be under way; more are refused with `overloaded`. */
  readonly maxAppends: number;
  readonly maxBytes: number;
}

/** An operation on one stream; `records` are those of an append, `bytes` those of their payload, as `checkAppend` gives them. */
export interface Write {
  readonly kind: Operation['kind'];
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly records: readonly NewRecord[];
  readonly bytes: number;
}

interface Entry extends Write {
  /** On the monotonic clock. */
  readonly expiresAt: number;
  readonly resolve: (result: AppendResult | undefined) => void;
  readonly reject: (error: EventStoreError) => void;
  /** The caller has been told that the deadline has passed, and hears no more; the operation may still be under way. */
  expired: boolean;
}

/** Bounds of one transaction: a stalled disk must not make the next one huge. */
const GROUP_OPERATIONS = 1_024;
const GROUP_BYTES = 4 * 1024 * 1024;

/**
 * Group commit: operations of one turn of the event loop, and all that arrive while a group is being committed, go together in the next
 * group, with one fsync for all. Order of calls is order in the log.
 */
export class WriteQueue {
  private readonly options: WriteQueueOptions;
  private waiting: Entry[] = [];
  private underWay: Entry[] = [];
  private bytes = 0;
  private recordedAt: number;
  private scheduled = false;
  private sweep: NodeJS.Timeout | undefined;
  private idle: (() => void)[] = [];
  private fault: EventStoreError | undefined;

  constructor(options: WriteQueueOptions) {
    this.options = options;
    this.recordedAt = options.recordedAt;
  }

  /** Gives the place of an append's last event, and undefined for other operations. */
  add(write: Write): Promise<AppendResult | undefined> {
    const { maxAppends, maxBytes, deadlineMs } = this.options;
    const refusal = this.options.refusal();
    if (refusal) {
      const message = `${actionOf(write)} is refused for the moment: ${refusal.message}`;
      return Promise.reject(new EventStoreError(refusal.code, message, { cause: refusal }));
    }
    if (this.size >= maxAppends || this.bytes + write.bytes > maxBytes) {
      const reason = `${this.size} appends of ${this.bytes} bytes are waiting, at most ${maxAppends} of ${maxBytes} bytes may`;
      return Promise.reject(
        new EventStoreError('overloaded', `${actionOf(write)}: ${reason}; slow down and repeat later`),
      );
    }
    return new Promise((resolve, reject) => {
      const expiresAt = performance.now() + deadlineMs;
      // Field by field: a spread costs five microseconds here, more than all the rest.
      const { kind, stream, expected, records, bytes } = write;
      this.waiting.push({ kind, stream, expected, records, bytes, expiresAt, resolve, reject, expired: false });
      this.bytes += write.bytes;
      this.sweep ??= setTimeout(() => this.expire(), deadlineMs);
      this.schedule();
    });
  }

  /** Operations not answered yet by the disk. */
  get size(): number {
    return this.waiting.length + this.underWay.length;
  }

  /** How long the oldest operation has waited, milliseconds. */
  get waitedMs(): number {
    const oldest = this.underWay[0] ?? this.waiting[0];
    return oldest ? performance.now() - (oldest.expiresAt - this.options.deadlineMs) : 0;
  }

  /** Why the last group could not be written; undefined when it was, and while what comes is refused. */
  get lastFault(): EventStoreError | undefined {
    return this.fault;
  }

  /** A time that no event of the log is younger than, for what is written past the queue and before its next group. */
  stamp(): number {
    return (this.recordedAt = Math.max(this.recordedAt, Math.trunc(this.options.now())));
  }

  /** Resolves when every operation has been answered or has passed its deadline. */
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
    const recordedAt = this.stamp();
    try {
      const outcomes = await this.options.commit(groupOf(entries, recordedAt));
      this.fault = undefined;
      this.finish(entries, (entry, i) => settle(entry, outcomes[i]!), publishable(entries, outcomes, recordedAt));
    } catch (error) {
      const fault = this.options.toError('append', error);
      this.options.onFault(fault);
      const refused = this.options.refusal() !== undefined;
      this.fault = refused ? undefined : fault;
      // Those behind would meet the same, one slow group after the other.
      const behind = refused ? this.waiting.splice(0) : [];
      this.finish([...entries, ...behind], (entry) => entry.reject(this.options.toError(actionOf(entry), error)));
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
    while (count < this.waiting.length && count < GROUP_OPERATIONS && (count === 0 || bytes < GROUP_BYTES)) {
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
      const message = `${actionOf(entry)} was not durable within ${this.options.deadlineMs} ms; the disk may be stalled`;
      entry.reject(new EventStoreError('deadline-exceeded', `${message}; repeating it is harmless`));
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

const actionOf = ({ kind, stream }: Write): string => `${kind === 'append' ? 'append to' : kind} "${stream}"`;

const groupOf = (entries: readonly Entry[], recordedAt: number): OperationGroup => ({
  recordedAt,
  operations: entries.map(({ kind, stream, expected, records }) => ({
    kind,
    stream,
    expected: typeof expected === 'bigint' ? Number(expected) : expected,
    count: records.length,
  })),
  ...toColumns(entries.length === 1 ? entries[0]!.records : entries.flatMap(({ records }) => records)),
});

const settle = ({ stream, expected, records, resolve, reject }: Entry, outcome: Outcome): void => {
  switch (outcome.kind) {
    case 'written': {
      const behind = (outcome.fresh ?? records).length - 1;
      return resolve({ revision: BigInt(outcome.revision + behind), position: BigInt(outcome.position + behind) });
    }
    case 'repeated':
      return resolve({ revision: BigInt(outcome.revision), position: BigInt(outcome.position) });
    case 'done':
      return resolve(undefined);
    case 'stream-deleted':
      return reject(new StreamDeletedError(outcome.stream));
    case 'wrong-expected-revision': {
      const actual = outcome.actual === undefined ? 'no-stream' : BigInt(outcome.actual);
      return reject(new WrongExpectedRevisionError(stream, expected.toString(), actual));
    }
  }
};

const publishable = (
  entries: readonly Entry[],
  outcomes: readonly Outcome[],
  recordedAt: number,
): readonly LogRecord[] => {
  if (entries.length === 1) return recordsWritten(entries[0]!, outcomes[0]!, recordedAt);
  return entries.flatMap((entry, i) => recordsWritten(entry, outcomes[i]!, recordedAt));
};
