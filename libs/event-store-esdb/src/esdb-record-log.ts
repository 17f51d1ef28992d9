import { setMaxListeners } from 'node:events';
import {
  EventStoreError,
  metadataStream,
  type AppendResult,
  type ExpectedRevision,
  type LiveTailOptions,
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
import { Appender } from './appender.js';
import { backOff, type Pause } from './back-off.js';
import type { EsdbConnection } from './connection.js';
import { healthOf } from './health.js';
import { keepHeartbeat } from './heartbeat.js';
import { positionAt } from './position-at.js';
import { EsdbReader } from './reader.js';
import { removeStream, type Removal } from './remove.js';
import { scavenge } from './scavenge.js';
import { Subscriptions } from './subscriptions.js';

export interface EsdbLogOptions {
  readonly connection: EsdbConnection;
  readonly deadlineMs: number;
  readonly maxPendingAppends: number;
  readonly maxPendingBytes: number;
  readonly heartbeatMs: number;
  readonly tail: Omit<LiveTailOptions, 'head'>;
}

const LINGER_MS = 30_000;

/** A log in EventStoreDB, or in anything that speaks its protocol. */
export class EsdbRecordLog implements RecordLog {
  private readonly options: EsdbLogOptions & { readonly pause: Pause };
  private readonly reader: EsdbReader;
  private readonly appender: Appender;
  private readonly subscriptions: Subscriptions;
  private readonly stopped = new AbortController();
  private readonly beating: Promise<void>;
  /** Last position that an append of ours was given: `end` must not lie before it. */
  private acknowledged: Position | undefined;
  private closing: Promise<void> | undefined;

  private constructor(options: EsdbLogOptions) {
    const { signal: stopped } = this.stopped;
    setMaxListeners(0, stopped);
    const pause = backOff(stopped);
    const shared = { ...options, pause };
    this.options = shared;
    this.reader = new EsdbReader(shared);
    this.subscriptions = new Subscriptions({
      ...shared,
      reader: this.reader,
      lingerMs: LINGER_MS,
      acknowledged: () => this.acknowledged,
      onScavenged: () => this.scavenged(),
    });
    this.appender = new Appender({ ...shared, reader: this.reader, gate: () => this.subscriptions.gate() });
    this.beating = keepHeartbeat({
      ...shared,
      reader: this.reader,
      feed: () => this.subscriptions.feed,
      everyMs: options.heartbeatMs,
      stopped,
    });
  }

  /** Rejects with `unavailable` when the server does not answer within the deadline, and `access-denied` when it lets nobody in. */
  static async open(options: EsdbLogOptions): Promise<EsdbRecordLog> {
    const log = new EsdbRecordLog(options);
    try {
      await log.reader.head();
      return log;
    } catch (error) {
      await log.close();
      if (!(error instanceof EventStoreError) || error.code !== 'deadline-exceeded') throw error;
      throw new EventStoreError('unavailable', `the log cannot be opened: ${error.message}`, { cause: error });
    }
  }

  async append(stream: string, expected: ExpectedRevision, records: readonly NewRecord[]): Promise<AppendResult> {
    this.assertOpen();
    const result = await this.appender.append(stream, expected, records);
    if (this.acknowledged === undefined || result.position > this.acknowledged) this.acknowledged = result.position;
    return result;
  }

  readStream(stream: string, options?: ReadStreamOptions): AsyncGenerator<LogRecord> {
    return this.reader.readStream(stream, options);
  }

  readAll(options?: ReadAllOptions): AsyncGenerator<LogRecord> {
    return this.reader.readAll(options);
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem<LogRecord>> {
    this.assertOpen();
    return this.subscriptions.subscribe(options);
  }

  async head(): Promise<Position | undefined> {
    return this.reader.head();
  }

  async positionAt(time: number): Promise<Position | undefined> {
    return positionAt(this.reader, time);
  }

  deleteStream(stream: string, expected: ExpectedRevision = 'any'): Promise<void> {
    return this.remove('delete', stream, expected);
  }

  tombstoneStream(stream: string, expected: ExpectedRevision = 'any'): Promise<void> {
    return this.remove('tombstone', stream, expected);
  }

  async scavenge(): Promise<ScavengeResult> {
    this.assertOpen();
    const result = await scavenge({ ...this.options, reader: this.reader, stopped: this.stopped.signal });
    this.scavenged();
    return result;
  }

  health(): LogHealth {
    return healthOf({
      connection: this.options.connection,
      appender: this.appender,
      feed: this.subscriptions.feed,
      closed: this.closing !== undefined,
    });
  }

  close(): Promise<void> {
    this.closing ??= (async () => {
      await this.appender.settled();
      this.stopped.abort();
      this.subscriptions.close();
      this.appender.close();
      this.options.connection.close();
      await this.beating;
    })();
    return this.closing;
  }

  private async remove(how: Removal, stream: string, expected: ExpectedRevision): Promise<void> {
    this.assertOpen();
    try {
      await removeStream(this.options, how, stream, expected);
    } finally {
      this.appender.forget([stream, metadataStream(stream)]);
    }
  }

  /** Events are gone, here or by another process's wish: none of them may come from memory any more. */
  private scavenged(): void {
    this.subscriptions.feed?.tail?.forget();
    this.appender.forget();
  }

  private assertOpen(): void {
    if (this.closing) throw this.options.connection.closedError();
  }
}
