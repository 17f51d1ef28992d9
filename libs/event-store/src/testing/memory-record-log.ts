import { randomUUID } from 'node:crypto';
import { checkAppend, checkStreamName } from '../check-append.js';
import { EventStoreError, StreamDeletedError, WrongExpectedRevisionError } from '../event-store-error.js';
import type {
  AppendResult,
  EventFilter,
  ExpectedRevision,
  LogHealth,
  Position,
  ReadAllOptions,
  ReadStreamOptions,
  Revision,
  ScavengeResult,
  SubscribeOptions,
  SubscriptionItem,
} from '../event-store.port.js';
import { matcher } from '../filter.js';
import { followLog, type LogPage } from '../follow-log.js';
import { LiveTail, type LiveTailOptions } from '../live-tail.js';
import { meets, planAppend } from '../plan-append.js';
import { checkMaxCount, readStart } from '../read-options.js';
import type { LogRecord, NewRecord, RecordLog } from '../record-log.port.js';
import {
  DELETED_TRUNCATE_BEFORE,
  isDeleted,
  METADATA_TYPE,
  metadataOwner,
  metadataStream,
  parseRetention,
  SCAVENGES_STREAM,
  withTruncateBefore,
} from '../retention.js';
import { MemoryDisk, newStream, type MemoryStream } from './memory-disk.js';

export interface MemoryLogOptions {
  /** The log's clock, epoch milliseconds; default Date.now. */
  readonly now?: () => number;
  readonly tail?: Omit<LiveTailOptions, 'head'>;
}

/** The log in memory, for tests: the same contract as the durable ones, and gone with the process. */
export class MemoryRecordLog implements RecordLog {
  private readonly now: () => number;
  private readonly tail: LiveTail<LogRecord>;
  private readonly disk: MemoryDisk;
  private closed = false;

  /** `disk`: what a closed log has left behind. */
  constructor({ now = Date.now, tail = {} }: MemoryLogOptions = {}, disk = new MemoryDisk()) {
    this.now = now;
    this.disk = disk;
    this.tail = new LiveTail({ ...tail, head: disk.head });
  }

  /** Closes the log; gives it as the next process would find it. */
  async reopen(options: MemoryLogOptions = {}): Promise<MemoryRecordLog> {
    await this.close();
    return new MemoryRecordLog(options, this.disk);
  }

  async append(stream: string, expected: ExpectedRevision, records: readonly NewRecord[]): Promise<AppendResult> {
    this.assertOpen();
    const bytes = checkAppend(stream, records);
    const target = this.streamOf(stream);
    const deleted = isDeleted(target.retention);
    const there = records.map(({ id }) => target.byId.get(id));
    const plan = planAppend(
      target.last,
      expected,
      there.map((record) => record?.revision),
      deleted,
    );
    if (!plan.ok) throw new WrongExpectedRevisionError(stream, expected.toString(), target.last ?? 'no-stream');
    if (plan.fresh.length === 0) return placeOf(there.reduce((a, b) => (a!.revision > b!.revision ? a : b))!);
    const fresh = plan.fresh.map((index) => records[index]!);
    const owner = metadataOwner(stream);
    const ofDeleted = owner !== undefined && isDeleted(this.streamOf(owner).retention);
    const written = this.write(stream, target, fresh, bytes);
    if (deleted) this.truncate(stream, written[0]!.revision);
    // Metadata that say nothing of what was deleted must not show it again.
    if (ofDeleted) this.truncate(owner, (this.streamOf(owner).last ?? -1n) + 1n);
    return placeOf(written.at(-1)!);
  }

  async *readStream(
    stream: string,
    { direction = 'forwards', from, maxCount = Infinity }: ReadStreamOptions = {},
  ): AsyncGenerator<LogRecord> {
    this.assertOpen();
    const now = this.now();
    const all = this.streamOf(stream).records.filter((record) => this.disk.isShown(record, now));
    const selected =
      direction === 'forwards'
        ? all.filter((e) => from === undefined || e.revision >= from)
        : all.filter((e) => from === undefined || e.revision <= from).reverse();
    yield* this.handOut(selected.slice(0, checkMaxCount(maxCount)));
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<LogRecord> {
    this.assertOpen();
    const { direction, from, after, maxCount } = readStart(options);
    const matches = matcher(options.filter);
    const selected =
      direction === 'forwards'
        ? this.disk.log.filter(
            (e) => (from === undefined || e.position >= from) && (after === undefined || e.position > after),
          )
        : this.disk.log.filter((e) => from === undefined || e.position <= from).reverse();
    yield* this.handOut(selected.filter(matches).slice(0, maxCount));
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem<LogRecord>> {
    this.assertOpen();
    return followLog(this.tail, (cursor, filter, limit) => this.page(cursor, filter, limit), options);
  }

  async head(): Promise<Position | undefined> {
    this.assertOpen();
    return this.tail.head;
  }

  async positionAt(time: number): Promise<Position | undefined> {
    this.assertOpen();
    return this.disk.log.findLast((event) => event.recordedAt <= time)?.position;
  }

  async deleteStream(stream: string, expected: ExpectedRevision = 'any'): Promise<void> {
    this.checkDeletion(stream, expected);
    checkStreamName(metadataStream(stream), 'the deletion');
    this.truncate(stream, DELETED_TRUNCATE_BEFORE);
  }

  async tombstoneStream(stream: string, expected: ExpectedRevision = 'any'): Promise<void> {
    this.checkDeletion(stream, expected);
    const target = this.streamOf(stream);
    target.tombstoned = true;
    this.disk.streams.set(stream, target);
  }

  async scavenge(): Promise<ScavengeResult> {
    this.assertOpen();
    const removedEvents = this.disk.scavenge(this.now());
    this.tail.forget();
    const { removedUpTo } = this.disk;
    const data = { removedEvents, ...(removedUpTo !== undefined && { removedUpTo: removedUpTo.toString() }) };
    await this.append(SCAVENGES_STREAM, 'any', [newRecord('$scavengeCompleted', JSON.stringify(data))]);
    return { removedEvents, freedBytes: 0 };
  }

  health(): LogHealth {
    return this.closed
      ? { state: 'down', detail: 'the in-memory log is closed', appendsInFlight: 0 }
      : { state: 'up', detail: `in memory, ${this.disk.log.length} events, gone with the process`, appendsInFlight: 0 };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.tail.close();
  }

  private write(stream: string, target: MemoryStream, records: readonly NewRecord[], bytes: number): LogRecord[] {
    const written = this.disk.write(stream, target, records, this.now());
    const metadata = written.findLast(({ type }) => type === METADATA_TYPE)?.data;
    const owner = metadataOwner(stream);
    if (owner !== undefined && typeof metadata === 'string') {
      const owning = this.streamOf(owner);
      owning.retention = parseRetention(metadata);
      this.disk.streams.set(owner, owning);
    }
    this.tail.publish(written, bytes);
    return written;
  }

  private truncate(stream: string, before: Revision): void {
    const holder = metadataStream(stream);
    const target = this.streamOf(holder);
    const last = target.records.findLast(({ type }) => type === METADATA_TYPE)?.data;
    const metadata = withTruncateBefore(typeof last === 'string' ? last : undefined, before);
    this.write(holder, target, [newRecord(METADATA_TYPE, metadata)], metadata.length);
  }

  private checkDeletion(stream: string, expected: ExpectedRevision): void {
    this.assertOpen();
    checkStreamName(stream, 'the deletion');
    const { last, retention } = this.streamOf(stream);
    if (meets(last, expected, isDeleted(retention))) return;
    throw new WrongExpectedRevisionError(stream, expected.toString(), last ?? 'no-stream');
  }

  /** Throws `stream-deleted` for a tombstoned stream and its metadata; an absent one is empty, and not kept for being asked for. */
  private streamOf(stream: string): MemoryStream {
    for (const name of [stream, metadataOwner(stream)]) {
      if (name !== undefined && this.disk.streams.get(name)?.tombstoned) throw new StreamDeletedError(name);
    }
    return this.disk.streams.get(stream) ?? newStream();
  }

  private async page(
    cursor: Position | undefined,
    filter: EventFilter | undefined,
    limit: number,
  ): Promise<LogPage<LogRecord>> {
    const events: LogRecord[] = [];
    for await (const event of this.readAll({
      ...(cursor !== undefined && { after: cursor }),
      ...(filter && { filter }),
      maxCount: limit,
    })) {
      events.push(event);
    }
    return { events, scannedTo: events.length === limit ? events.at(-1)!.position : this.tail.head };
  }

  /** As from a disk: no reader shares objects with the writer or another reader. */
  private *handOut(records: readonly LogRecord[]): Generator<LogRecord> {
    for (const { parsed: _, ...record } of records) {
      this.assertOpen();
      yield record;
    }
  }

  private assertOpen(): void {
    if (this.closed) throw new EventStoreError('closed', 'the log is closed');
  }
}

const placeOf = ({ revision, position }: LogRecord): AppendResult => ({ revision, position });

const newRecord = (type: string, data: string): NewRecord => ({ id: randomUUID(), type, data, metadata: '{}' });
