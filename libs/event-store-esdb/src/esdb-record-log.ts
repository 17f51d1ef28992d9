import {
  followLog,
  LiveTail,
  metadataStream,
  type AppendResult,
  type ExpectedRevision,
  type LiveTailOptions,
  type LogHealth,
  type LogRecord,
  type NewRecord,
  type Position,
  type ReadAllOptions,
  type ReadPage,
  type ReadStreamOptions,
  type RecordLog,
  type ScavengeResult,
  type SubscribeOptions,
  type SubscriptionItem,
} from '@millwright/event-store';
import { Appender } from './appender.js';
import type { EsdbConnection } from './connection.js';
import { Feed } from './feed.js';
import { positionAt } from './position-at.js';
import { onceReached } from './reached.js';
import { closedError, EsdbReader } from './reader.js';
import { removeStream } from './remove.js';
import { scavenge } from './scavenge.js';

export interface EsdbLogOptions {
  readonly connection: EsdbConnection;
  readonly deadlineMs: number;
  readonly maxPendingAppends: number;
  readonly maxPendingBytes: number;
  readonly tail: Omit<LiveTailOptions, 'head'>;
}

const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 2_000;
/** An append that has waited so long shows in the health. */
const SLOW_APPEND_MS = 1_000;

/** A log in EventStoreDB, or in anything that speaks its protocol. */
export class EsdbRecordLog implements RecordLog {
  private readonly options: EsdbLogOptions;
  private readonly reader: EsdbReader;
  private readonly appender: Appender;
  private readonly tail: LiveTail<LogRecord>;
  private readonly feed: Feed;
  private readonly stopped = new AbortController();
  private readonly feeding: Promise<void>;
  /** Last position that an append of ours was given: `end` must not lie before it. */
  private acknowledged: Position | undefined;
  private closing: Promise<void> | undefined;

  private constructor(options: EsdbLogOptions, reader: EsdbReader, head: Position | undefined, pause: Pause) {
    this.options = options;
    this.reader = reader;
    this.appender = new Appender({ ...options, reader, pause });
    this.tail = new LiveTail({ ...options.tail, head });
    this.feed = new Feed({
      ...options,
      tail: this.tail,
      pause,
      stopped: this.stopped.signal,
      onScavenged: () => this.scavenged(),
    });
    this.feeding = this.feed.run();
  }

  /** Rejects with `unavailable` when the server does not answer within the deadline, and `access-denied` when it lets nobody in. */
  static async open(options: EsdbLogOptions): Promise<EsdbRecordLog> {
    const { connection, deadlineMs } = options;
    const state: { log?: EsdbRecordLog } = {};
    const pause: Pause = (attempt) => backOff(attempt, state.log?.stopped.signal);
    const assertOpen = (): void => {
      if (state.log?.stopped.signal.aborted) throw closedError(connection.name);
    };
    const reader = new EsdbReader({ connection, deadlineMs, pause, assertOpen });
    try {
      const head = (await reader.lastBefore(undefined))?.position;
      return (state.log = new EsdbRecordLog(options, reader, head, pause));
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  async append(stream: string, expected: ExpectedRevision, records: readonly NewRecord[]): Promise<AppendResult> {
    this.assertOpen();
    const result = await this.appender.append(stream, expected, records);
    if (this.acknowledged === undefined || result.position > this.acknowledged) this.acknowledged = result.position;
    return result;
  }

  async *readStream(stream: string, options?: ReadStreamOptions): AsyncGenerator<LogRecord> {
    this.assertOpen();
    yield* this.reader.readStream(stream, options);
  }

  async *readAll(options?: ReadAllOptions): AsyncGenerator<LogRecord> {
    this.assertOpen();
    yield* this.reader.readAll(options);
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem<LogRecord>> {
    this.assertOpen();
    const known = this.known;
    const after = options.after === 'end' ? (known ?? 'end') : options.after;
    const readPage: ReadPage<LogRecord> = (cursor, filter, limit) => this.reader.readPage(cursor, filter, limit);
    return onceReached(this.tail, known, options.signal, followLog(this.tail, readPage, { ...options, after }));
  }

  async head(): Promise<Position | undefined> {
    this.assertOpen();
    return (await this.reader.lastBefore(undefined))?.position;
  }

  async positionAt(time: number): Promise<Position | undefined> {
    this.assertOpen();
    return positionAt(this.reader, time);
  }

  async deleteStream(stream: string, expected: ExpectedRevision = 'any'): Promise<void> {
    this.assertOpen();
    await this.remove('delete', stream, expected);
  }

  async tombstoneStream(stream: string, expected: ExpectedRevision = 'any'): Promise<void> {
    this.assertOpen();
    await this.remove('tombstone', stream, expected);
  }

  async scavenge(): Promise<ScavengeResult> {
    this.assertOpen();
    const result = await scavenge(this.options.connection, this.reader);
    this.scavenged();
    return result;
  }

  health(): LogHealth {
    const { name } = this.options.connection;
    const appendsInFlight = this.appender.size;
    if (this.closed)
      return { state: 'down', detail: `the connection to the log at ${name} is closed`, appendsInFlight };
    const fault = this.feed.fault ?? this.appender.lastFailure;
    if (fault) return { state: 'degraded', detail: `${fault.message}; connecting again`, appendsInFlight };
    if (this.appender.waitedMs > SLOW_APPEND_MS) {
      const seconds = (this.appender.waitedMs / 1_000).toFixed(1);
      return {
        state: 'degraded',
        detail: `the log at ${name} has not answered an append for ${seconds} s`,
        appendsInFlight,
      };
    }
    return {
      state: 'up',
      detail: `the log at ${name} is known up to position ${this.tail.head ?? 'none'}`,
      appendsInFlight,
    };
  }

  close(): Promise<void> {
    this.closing ??= (async () => {
      await this.appender.settled();
      this.stopped.abort();
      this.appender.close();
      this.tail.close();
      await this.feeding;
      await this.options.connection.close();
    })();
    return this.closing;
  }

  get closed(): boolean {
    return this.closing !== undefined;
  }

  private async remove(how: 'delete' | 'tombstone', stream: string, expected: ExpectedRevision): Promise<void> {
    try {
      await removeStream(this.options, how, stream, expected);
    } finally {
      this.appender.forget([stream, metadataStream(stream)]);
    }
  }

  /** Events are gone, here or by another process's wish: none of them may come from memory any more. */
  private scavenged(): void {
    this.tail.forget();
    this.appender.forget();
  }

  /** How far the log is known to reach. */
  private get known(): Position | undefined {
    const { head } = this.tail;
    const { acknowledged } = this;
    return head === undefined || (acknowledged !== undefined && acknowledged > head) ? acknowledged : head;
  }

  private assertOpen(): void {
    if (this.closed) throw closedError(this.options.connection.name);
  }
}

type Pause = (attempt: number) => Promise<void>;

/** Grows from 50 ms to 2 s, each with a random half, so that many clients do not come back at one moment. Ends early at the abort. */
const backOff = (attempt: number, signal: AbortSignal | undefined): Promise<void> => {
  const limit = Math.min(RETRY_MIN_MS * 2 ** attempt, RETRY_MAX_MS);
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, limit / 2 + (Math.random() * limit) / 2);
    signal?.addEventListener('abort', end);
    if (signal?.aborted) end();
  });
};
