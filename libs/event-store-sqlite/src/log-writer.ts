import { randomUUID } from 'node:crypto';
import {
  DELETED_TRUNCATE_BEFORE,
  isDeleted,
  meets,
  METADATA_TYPE,
  metadataOwner,
  metadataStream,
  parseRetention,
  planAppend,
  withTruncateBefore,
  type ExpectedRevision,
  type Revision,
} from '@millwright/event-store';
import { sqliteCode, type Database, type Statement } from '@millwright/sqlite';
import { CommitRows } from './commit-rows.js';
import { lastCommit } from './commits.js';
import { chainOf } from './digest.js';
import { toColumns } from './event-columns.js';
import type { Expected, LogEnd, Operation, OperationGroup, Outcome, OwnEvent } from './messages.js';
import { SCAVENGE_COMPLETED, takeRemoved } from './removed.js';
import { idAt, textAt, toRowSource, type RowSource } from './row-source.js';
import { Statements } from './statements.js';
import { StreamTable, type StreamState } from './stream-table.js';
import { TypeTable } from './type-table.js';

/** A group under way. */
interface Work {
  readonly group: OperationGroup;
  readonly source: RowSource;
  /** Looks for every event whether it is there already. */
  readonly lookUp: boolean;
  /** Index of the first event of the operation that comes next. */
  next: number;
}

/**
 * Writes groups of operations, each group one transaction. At first it takes for granted that no event is in its stream already, which
 * spares a look-up each; when the index of ids says otherwise, the group is undone and written again with look-ups.
 */
export class LogWriter {
  private readonly db: Database;
  private readonly begin: Statement;
  private readonly commit: Statement;
  private readonly rollback: Statement;
  private readonly selectById: Statement;
  private readonly selectLastData: Statement;
  private readonly streams: StreamTable;
  private readonly types: TypeTable;
  private readonly rows: CommitRows;
  private position: number;
  private chain: Buffer;

  constructor(db: Database) {
    this.db = db;
    this.begin = db.prepare('BEGIN IMMEDIATE');
    this.commit = db.prepare('COMMIT');
    this.rollback = db.prepare('ROLLBACK');
    this.selectById = db.prepare('SELECT revision, position FROM events WHERE stream = ? AND id = ?').raw();
    this.selectLastData = db
      .prepare(
        'SELECT CAST(data AS BLOB), typeof(data) FROM events WHERE stream = ? AND type = ? ORDER BY revision DESC LIMIT 1',
      )
      .raw();
    this.streams = new StreamTable(db);
    this.types = new TypeTable(db);
    this.rows = new CommitRows(db);
    const { last, chain } = lastCommit(new Statements(db));
    this.position = last;
    this.chain = chain;
  }

  /** Where the log ends. */
  end(): LogEnd {
    const row = this.db.prepare(
      'SELECT max(recorded_at) FROM events WHERE position = (SELECT max(position) FROM events)',
    );
    const [recordedAt] = row.raw().get() as [number | null];
    return { position: this.position === 0 ? undefined : this.position, recordedAt: recordedAt ?? 0 };
  }

  /** Durable when it returns. When it throws, nothing of the group has been written. */
  write(group: OperationGroup): Outcome[] {
    try {
      return this.transact(() => this.carryOut(group, false));
    } catch (error) {
      if (sqliteCode(error) !== 'SQLITE_CONSTRAINT_UNIQUE') throw error;
      return this.transact(() => this.carryOut(group, true));
    }
  }

  /** Runs `work` in one transaction. When it throws, everything is as before. */
  transact<T>(work: () => T): T {
    const { position, chain } = this;
    this.streams.trim();
    this.begin.run();
    try {
      const result = work();
      this.commit.run();
      return result;
    } catch (error) {
      this.position = position;
      this.chain = chain;
      this.streams.forget();
      this.types.forget();
      // SQLite has already rolled back by itself after some errors (disk full, I/O).
      if (this.db.inTransaction) this.rollback.run();
      throw error;
    }
  }

  /** Within a transaction: all operations of a group, as one commit of the chain. */
  carryOut(group: OperationGroup, lookUp: boolean): Outcome[] {
    this.rows.begin(group.recordedAt);
    const work: Work = { group, source: toRowSource(group), lookUp, next: 0 };
    const outcomes = group.operations.map((operation) => {
      const outcome = this.operate(work, operation);
      work.next += operation.count;
      return outcome;
    });
    if (this.rows.count > 0) {
      this.chain = chainOf(this.chain, this.rows.digest());
      this.rows.finish(this.chain);
    }
    return outcomes;
  }

  private operate(work: Work, operation: Operation): Outcome {
    const closed = this.tombstonedName(operation);
    if (closed !== undefined) return { kind: 'stream-deleted', stream: closed };
    const stream = this.streams.find(operation.stream);
    if (operation.kind === 'append') return this.append(work, operation, stream);
    if (!meets(lastOf(stream), toExpectedRevision(operation.expected), isDeleted(stream?.retention ?? {}))) {
      return { kind: 'wrong-expected-revision', actual: actualOf(stream) };
    }
    const target = stream ?? this.streams.create(operation.stream);
    switch (operation.kind) {
      case 'delete':
        return { kind: 'done', ...this.truncate(target, DELETED_TRUNCATE_BEFORE) };
      case 'tombstone':
        this.streams.tombstone(target);
        return { kind: 'done' };
      case 'scavenged':
        return { kind: 'done', own: this.addOwn(target, SCAVENGE_COMPLETED, JSON.stringify(takeRemoved(this.db))) };
    }
  }

  /** A tombstone closes a stream and its metadata; a deletion is written down there. */
  private tombstonedName({ kind, stream }: Operation): string | undefined {
    const names = [stream, metadataOwner(stream), kind === 'delete' ? metadataStream(stream) : undefined];
    return names.find((name) => name !== undefined && this.streams.find(name)?.tombstoned);
  }

  private append(work: Work, operation: Operation, stream: StreamState | undefined): Outcome {
    const expected = toExpectedRevision(operation.expected);
    const deleted = isDeleted(stream?.retention ?? {});
    const last = lastOf(stream);
    if (!work.lookUp && meets(last, expected, deleted)) return this.add(work, operation, stream);

    this.rows.flush();
    const there = Array.from({ length: operation.count }, (_, n) => {
      const id = idAt(work.source, work.next + n);
      return stream && (this.selectById.get([stream.id, id]) as [number, number] | undefined);
    });
    const plan = planAppend(
      last,
      expected,
      there.map((place) => place && BigInt(place[0])),
      deleted,
    );
    if (!plan.ok) return { kind: 'wrong-expected-revision', actual: actualOf(stream) };
    if (plan.fresh.length > 0) return this.add(work, operation, stream, plan.fresh);
    const [revision, position] = there.reduce((a, b) => (a![0] > b![0] ? a : b))!;
    return { kind: 'repeated', revision, position };
  }

  private add(
    { group, source, next }: Work,
    operation: Operation,
    known: StreamState | undefined,
    fresh?: readonly number[],
  ): Outcome {
    const stream = known ?? this.streams.create(operation.stream);
    const revision = stream.revision + 1;
    const position = this.position + 1;
    const count = fresh?.length ?? operation.count;
    let metadata: string | undefined;
    for (let n = 0; n < count; n++) {
      const i = next + (fresh ? fresh[n]! : n);
      const type = this.types.get(group.typeNames[group.types[i]!]!);
      this.rows.add({ position: ++this.position, stream, revision: ++stream.revision, type, source, index: i });
      if (type.name === METADATA_TYPE) metadata = textAt(source, i) ?? metadata;
    }
    const own = isDeleted(stream.retention)
      ? this.truncate(stream, BigInt(revision))
      : this.retainOwner(stream.name, metadata);
    return { kind: 'written', revision, position, ...(count < operation.count && { fresh: fresh! }), ...own };
  }

  /** A `$metadata` event of `$$s` holds for s. One that says nothing of what was deleted must not show it again. */
  private retainOwner(holder: string, metadata: string | undefined): { own?: OwnEvent } {
    const name = metadataOwner(holder);
    if (name === undefined) return {};
    const owner = this.streams.find(name) ?? (metadata === undefined ? undefined : this.streams.create(name));
    if (!owner) return {};
    const deleted = isDeleted(owner.retention);
    if (metadata !== undefined) this.streams.retain(owner, parseRetention(metadata));
    return deleted ? this.truncate(owner, BigInt(owner.revision + 1)) : {};
  }

  /** Writes down in the stream's metadata, and in its row, what is hidden of it. */
  private truncate(stream: StreamState, before: Revision): { own?: OwnEvent } {
    const name = metadataStream(stream.name);
    const holder = this.streams.find(name) ?? this.streams.create(name);
    this.rows.flush();
    const last = this.selectLastData.get([holder.id, this.types.get(METADATA_TYPE).id]) as
      [data: Buffer, type: string] | undefined;
    const data = withTruncateBefore(last?.[1] === 'text' ? last[0].toString() : undefined, before);
    this.streams.retain(stream, parseRetention(data));
    // Who has tombstoned the metadata wants no more of it to be read.
    if (holder.tombstoned) return {};
    return { own: this.addOwn(holder, METADATA_TYPE, data) };
  }

  private addOwn(stream: StreamState, type: string, data: string): OwnEvent {
    const id = randomUUID();
    const revision = ++stream.revision;
    const source = toRowSource(toColumns([{ id, type, metadata: '{}', data }]));
    const position = ++this.position;
    this.rows.add({ position, stream, revision, type: this.types.get(type), source, index: 0 });
    return { stream: stream.name, id, type, data, revision, position };
  }
}

const lastOf = (stream: StreamState | undefined): Revision | undefined =>
  stream && stream.revision >= 0 ? BigInt(stream.revision) : undefined;

const actualOf = (stream: StreamState | undefined): number | undefined =>
  stream && stream.revision >= 0 ? stream.revision : undefined;

const toExpectedRevision = (expected: Expected): ExpectedRevision =>
  typeof expected === 'number' ? BigInt(expected) : expected;
