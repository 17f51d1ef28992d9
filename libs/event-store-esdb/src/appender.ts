import {
  checkAppend,
  EventStoreError,
  type AppendResult,
  type ExpectedRevision,
  type NewRecord,
} from '@millwright/event-store';
import { BatchCall } from './batch-call.js';
import type { EsdbConnection } from './connection.js';
import type { EsdbReader } from './reader.js';
import { StreamEnd } from './stream-end.js';
import { StreamWriter, type Append } from './stream-writer.js';

export interface AppenderOptions {
  readonly connection: EsdbConnection;
  readonly reader: EsdbReader;
  readonly deadlineMs: number;
  readonly maxPendingAppends: number;
  readonly maxPendingBytes: number;
  readonly pause: (attempt: number) => Promise<void>;
}

/** Streams whose end is remembered; the least recently written are read again. */
const MAX_WRITERS = 2_000;

/** All appends of a store: bounded, each with its deadline, each stream with its writer. */
export class Appender {
  private readonly options: AppenderOptions;
  private readonly batch: BatchCall;
  private readonly writers = new Map<string, StreamWriter>();
  private readonly pending = new Set<{ readonly since: number }>();
  private bytes = 0;
  private whenIdle: (() => void)[] = [];
  /** Why the last append that ended was not written; undefined when it was. */
  lastFailure: EventStoreError | undefined;

  constructor(options: AppenderOptions) {
    this.options = options;
    this.batch = new BatchCall(options.connection);
  }

  get size(): number {
    return this.pending.size;
  }

  /** How long the oldest append has waited, milliseconds. */
  get waitedMs(): number {
    const [oldest] = this.pending;
    return oldest ? performance.now() - oldest.since : 0;
  }

  async append(stream: string, expected: ExpectedRevision, records: readonly NewRecord[]): Promise<AppendResult> {
    const { deadlineMs, maxPendingAppends, maxPendingBytes, connection } = this.options;
    const bytes = checkAppend(stream, records);
    if (this.pending.size >= maxPendingAppends || this.bytes + bytes > maxPendingBytes) {
      const reason = `${this.pending.size} appends of ${this.bytes} bytes wait for ${connection.name}, at most ${maxPendingAppends} of ${maxPendingBytes} bytes may`;
      throw new EventStoreError('overloaded', `append to "${stream}": ${reason}; slow down and repeat later`);
    }
    const entry = { since: performance.now() };
    this.pending.add(entry);
    this.bytes += bytes;
    try {
      const result = await this.within(deadlineMs, stream, expected, records);
      this.lastFailure = undefined;
      return result;
    } catch (error) {
      this.lastFailure = error as EventStoreError;
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

  private within(
    deadlineMs: number,
    stream: string,
    expected: ExpectedRevision,
    records: readonly NewRecord[],
  ): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      const append: Append = {
        expected,
        records,
        expired: false,
        failure: undefined,
        resolve: (result) => {
          clearTimeout(timer);
          resolve(result);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      const timer = setTimeout(() => {
        append.expired = true;
        reject(this.late(stream, append.failure));
      }, deadlineMs);
      this.writerOf(stream).add(append);
    });
  }

  private late(stream: string, failure: EventStoreError | undefined): EventStoreError {
    const { deadlineMs, connection } = this.options;
    const waited = `append to "${stream}" at ${connection.name} was not durable within ${deadlineMs} ms`;
    const advice = 'repeating the append is harmless';
    return failure?.code === 'unavailable'
      ? new EventStoreError('unavailable', `${waited}: ${failure.message}`, { cause: failure })
      : new EventStoreError('deadline-exceeded', `${waited}; ${advice}`, failure && { cause: failure });
  }

  private writerOf(stream: string): StreamWriter {
    const { reader, deadlineMs, pause } = this.options;
    const writer =
      this.writers.get(stream) ??
      new StreamWriter({
        stream,
        pause,
        readEnd: () => StreamEnd.read(reader, stream),
        positionOf: (revision) => positionOf(reader, stream, revision),
        send: (expected, records) => this.batch.append(stream, expected, records, deadlineMs),
      });
    this.writers.delete(stream);
    this.writers.set(stream, writer);
    if (this.writers.size > MAX_WRITERS) {
      for (const [name, old] of this.writers) {
        if (!old.idle) continue;
        this.writers.delete(name);
        break;
      }
    }
    return writer;
  }
}

const positionOf = async (reader: EsdbReader, stream: string, revision: bigint): Promise<bigint> => {
  for await (const record of reader.readStream(stream, { from: revision, maxCount: 1 })) return record.position;
  throw new EventStoreError(
    'unavailable',
    `event ${revision} of stream "${stream}" is no longer there; read the stream again`,
  );
};
