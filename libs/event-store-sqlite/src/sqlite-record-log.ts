import { setTimeout as pause } from 'node:timers/promises';
import {
  checkAppend,
  checkStreamName,
  EventStoreError,
  followLog,
  metadataStream,
  oneByOne,
  type AppendResult,
  type ExpectedRevision,
  type LogHealth,
  type LogRecord,
  type NewRecord,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordLog,
  type ScavengeResult,
  type SubscribeOptions,
  type SubscriptionItem,
} from '@millwright/event-store';
import { LogSession, type SessionOptions } from './log-session.js';

/** An append that has waited so long shows in the health. */
const SLOW_APPEND_MS = 1_000;
const REOPEN_MIN_MS = 100;
const REOPEN_MAX_MS = 5_000;

const identity = (record: LogRecord): LogRecord => record;

/** The embedded log: one SQLite file, written by one process. When one of its threads dies, it opens the file again. */
export class SqliteRecordLog implements RecordLog {
  private readonly options: SessionOptions;
  private session: LogSession | undefined;
  /** Why there is no session. */
  private lost: EventStoreError | undefined;
  private reopening: Promise<void> | undefined;
  private closing: Promise<void> | undefined;
  private readonly stopped = new AbortController();

  private constructor(options: SessionOptions) {
    this.options = options;
  }

  static async open(options: SessionOptions): Promise<SqliteRecordLog> {
    const store = new SqliteRecordLog(options);
    await store.openSession();
    return store;
  }

  async append(stream: string, expected: ExpectedRevision, records: readonly NewRecord[]): Promise<AppendResult> {
    const { queue } = this.live();
    const bytes = checkAppend(stream, records);
    // An append always has a place.
    return (await queue.add({ kind: 'append', stream, expected, records, bytes }))!;
  }

  readStream(stream: string, options: ReadStreamOptions = {}): AsyncIterable<LogRecord> {
    return oneByOne(() => this.live().reader.readStream(stream, options), identity);
  }

  readAll(options: ReadAllOptions = {}): AsyncIterable<LogRecord> {
    return oneByOne(() => this.live().reader.readAll(options), identity);
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem<LogRecord>> {
    const { tail, reader } = this.live();
    return followLog(tail, (cursor, filter, limit) => reader.readPage(cursor, filter, limit), options);
  }

  async head(): Promise<Position | undefined> {
    return this.live().tail.head;
  }

  async positionAt(time: number): Promise<Position | undefined> {
    return this.live().reader.positionAt(time);
  }

  async deleteStream(stream: string, expected: ExpectedRevision = 'any'): Promise<void> {
    // The deletion is written down there.
    checkStreamName(metadataStream(stream), 'the deletion');
    await this.remove('delete', stream, expected);
  }

  async tombstoneStream(stream: string, expected: ExpectedRevision = 'any'): Promise<void> {
    await this.remove('tombstone', stream, expected);
  }

  async scavenge(): Promise<ScavengeResult> {
    const session = this.live();
    try {
      return await session.scavenge();
    } catch (error) {
      throw session.toError('scavenge', error);
    }
  }

  health(): LogHealth {
    const { path } = this.options;
    if (this.closing) return { state: 'down', detail: `the log ${path} is closed`, appendsInFlight: 0 };
    if (!this.session) {
      return { state: 'down', detail: `${this.lost?.message}; it is being opened again`, appendsInFlight: 0 };
    }
    const { queue, tail, outage } = this.session;
    const appendsInFlight = queue.size;
    if (outage.error) {
      const detail = `${outage.error.message}; appends are refused until it takes writes again, and reading goes on`;
      return { state: 'degraded', detail, appendsInFlight };
    }
    if (queue.lastFault) return { state: 'degraded', detail: queue.lastFault.message, appendsInFlight };
    if (queue.waitedMs > SLOW_APPEND_MS) {
      const seconds = (queue.waitedMs / 1_000).toFixed(1);
      return { state: 'degraded', detail: `the log ${path} waits for its disk since ${seconds} s`, appendsInFlight };
    }
    return { state: 'up', detail: `the log ${path} is written up to position ${tail.head ?? 'none'}`, appendsInFlight };
  }

  close(): Promise<void> {
    this.stopped.abort();
    this.closing ??= (async () => {
      await this.reopening;
      await this.session?.close();
    })();
    return this.closing;
  }

  private async remove(kind: 'delete' | 'tombstone', stream: string, expected: ExpectedRevision): Promise<void> {
    const { queue } = this.live();
    checkStreamName(stream, 'the deletion');
    await queue.add({ kind, stream, expected, records: [], bytes: 0 });
  }

  private live(): LogSession {
    if (this.closing) throw new EventStoreError('closed', `the log ${this.options.path} is closed`);
    if (!this.session) throw this.lost!;
    return this.session;
  }

  private async openSession(): Promise<void> {
    let failure: EventStoreError | undefined;
    const session = await LogSession.open(this.options, (error) => {
      failure = error;
      this.reopen(error);
    });
    if (failure) {
      await session.fail(failure);
      throw failure;
    }
    this.session = session;
  }

  /** Does nothing while there is no session to lose. */
  private reopen(error: EventStoreError): void {
    const failed = this.session;
    if (!failed || this.closing) return;
    this.session = undefined;
    this.lost = error;
    this.reopening = (async () => {
      await failed.fail(error);
      for (let delay = REOPEN_MIN_MS; !this.session && !this.closing; delay = Math.min(delay * 2, REOPEN_MAX_MS)) {
        await this.openSession().catch((again: EventStoreError) => (this.lost = again));
        if (!this.session) await pause(delay, undefined, { signal: this.stopped.signal }).catch(() => undefined);
      }
    })();
  }
}
