import {
  checkAppend,
  EventStoreError,
  type AppendResult,
  type ExpectedRevision,
  type LogRecord,
  type NewRecord,
  type Position,
  type Revision,
} from '@millwright/event-store';
import type { Pause } from './back-off.js';
import { BatchCall } from './batch-call.js';
import type { EsdbConnection } from './connection.js';
import type { EsdbReader } from './reader.js';
import { Slots } from './slots.js';
import { StreamEnd } from './stream-end.js';
import { StreamWriter, type Append } from './stream-writer.js';

export interface AppenderOptions {
  readonly connection: EsdbConnection;
  readonly reader: EsdbReader;
  readonly deadlineMs: number;
  readonly maxPendingAppends: number;
  readonly maxPendingBytes: number;
  readonly pause: Pause;
  /** What an append has to wait for before it is sent. */
  readonly gate: () => Promise<unknown> | undefined;
}

/** Streams whose end is remembered; the least recently written are read again. */
const MAX_WRITERS = 2_000;
/** Events read to learn how a stream ends, at most. */
const WINDOW_EVENTS = 128;
const WINDOW_BYTES = 1024 * 1024;
/** Streams whose end is being read at once: after an outage all of them want to know. */
const MAX_LEARNING = 16;

/** All appends of a store: bounded, each with its deadline, each stream with its writer. */
export class Appender {
  private readonly options: AppenderOptions;
  private readonly batch: BatchCall;
  private readonly learning = new Slots(MAX_LEARNING);
  private readonly writers = new Map<string, StreamWriter>();
  private readonly pending = new Set<{ readonly since: number }>();
  private bytes = 0;
  private whenIdle: (() => void)[] = [];
  private lastTrouble: EventStoreError | undefined;

  constructor(options: AppenderOptions) {
    this.options = options;
    this.batch = new BatchCall(options.connection, options.deadlineMs / 2);
  }

  get size(): number {
    return this.pending.size;
  }

  /** How long the oldest append has waited, milliseconds. */
  get waitedMs(): number {
    const [oldest] = this.pending;
    return oldest ? performance.now() - oldest.since : 0;
  }

  /** Why the server could not write the last append; undefined when it did, or the append was the caller's mistake. */
  get trouble(): EventStoreError | undefined {
    return this.lastTrouble;
  }

  async append(stream: string, expected: ExpectedRevision, records: readonly NewRecord[]): Promise<AppendResult> {
    const { maxPendingAppends, maxPendingBytes, connection } = this.options;
    const bytes = checkAppend(stream, records);
    if (this.pending.size >= maxPendingAppends || this.bytes + bytes > maxPendingBytes) {
      const reason = `${this.pending.size} appends of ${this.bytes} bytes wait for ${connection.name}, at most ${maxPendingAppends} of ${maxPendingBytes} bytes may`;
      throw new EventStoreError('overloaded', `append to "${stream}": ${reason}; slow down and repeat later`);
    }
    const entry = { since: performance.now() };
    this.pending.add(entry);
    this.bytes += bytes;
    try {
      const result = await this.within(stream, expected, records);
      this.lastTrouble = undefined;
      return result;
    } catch (error) {
      if (SERVERS_TROUBLE.has((error as EventStoreError).code)) this.lastTrouble = error as EventStoreError;
      throw error;
    } finally {
      this.pending.delete(entry);
      this.bytes -= bytes;
      if (this.pending.size === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
    }
  }

  /** Resolves when every append has been answered or has passed its deadline. */
  async settled(): Promise<void> {
    if (this.pending.size > 0) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
  }

  /** A stream has been deleted, or events have been removed: what is known of the ends of streams may be wrong. */
  forget(streams: Iterable<string> = this.writers.keys()): void {
    for (const stream of streams) this.writers.get(stream)?.forget();
  }

  close(): void {
    this.batch.close();
  }

  private within(stream: string, expected: ExpectedRevision, records: readonly NewRecord[]): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      const settle =
        <T>(how: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(timer);
          how(value);
        };
      const append: Append = {
        expected,
        records,
        expired: false,
        failure: undefined,
        resolve: settle(resolve),
        reject: settle(reject),
      };
      const timer = setTimeout(() => {
        append.expired = true;
        reject(this.late(stream, append.failure));
      }, this.options.deadlineMs);
      const gate = this.options.gate();
      if (gate) void gate.then(() => this.writerOf(stream).add(append));
      else this.writerOf(stream).add(append);
    });
  }

  private late(stream: string, failure: EventStoreError | undefined): EventStoreError {
    const { deadlineMs, connection } = this.options;
    const waited = `append to "${stream}" at ${connection.name} was not known to be durable within ${deadlineMs} ms`;
    const reason = failure ?? connection.fault?.error;
    const message = `${waited}${reason ? ` (${reason.message})` : ''}; repeating the append is harmless`;
    return new EventStoreError('deadline-exceeded', message, reason && { cause: reason });
  }

  private writerOf(stream: string): StreamWriter {
    const { reader, pause } = this.options;
    const writer =
      this.writers.get(stream) ??
      new StreamWriter({
        stream,
        pause,
        readEnd: () => this.learning.run(() => readEnd(reader, stream)),
        positionOf: (revision) => positionOf(reader, stream, revision),
        send: (expected, records) => this.batch.append(stream, expected, records),
      });
    this.writers.delete(stream);
    this.writers.set(stream, writer);
    if (this.writers.size > MAX_WRITERS) this.evict();
    return writer;
  }

  /** Forgets the least recently written stream that nobody writes to. */
  private evict(): void {
    for (const [name, writer] of this.writers) {
      if (!writer.idle) continue;
      this.writers.delete(name);
      return;
    }
  }
}

/** What an append may fail of that is no mistake of the caller, and no outage. */
const SERVERS_TROUBLE: ReadonlySet<string> = new Set(['disk-full', 'read-only', 'corrupt']);

const readEnd = async (reader: EsdbReader, stream: string): Promise<StreamEnd> => {
  const records: LogRecord[] = [];
  let bytes = 0;
  for await (const record of reader.readStream(stream, { direction: 'backwards', maxCount: WINDOW_EVENTS })) {
    records.push(record);
    bytes += record.data.length + record.metadata.length;
    if (bytes >= WINDOW_BYTES) break;
  }
  return new StreamEnd(records);
};

const positionOf = async (reader: EsdbReader, stream: string, revision: Revision): Promise<Position> => {
  for await (const record of reader.readStream(stream, { from: revision, maxCount: 1 })) {
    if (record.revision === revision) return record.position;
  }
  const gone = `event ${revision} of stream "${stream}" was written, but is no longer there: deleted, or beyond its retention`;
  throw new EventStoreError('unavailable', gone);
};
