import { meets, planAppend, type ExpectedRevision, type Payload } from '@millwright/event-store';
import { sqliteCode, type Database, type Statement } from '@millwright/sqlite';
import type { AppendGroup, AppendOutcome, Expected, GroupedAppend, LogEnd } from './messages.js';

interface StreamEnd {
  readonly id: number;
  /** Last revision, -1 without events. */
  revision: number;
}

/** Rows of one INSERT: a third faster than one by one, little more to gain beyond. */
const ROWS_PER_INSERT = 16;
/** Stream ends remembered at most; then they are read again. */
const MAX_STREAM_ENDS = 100_000;

/**
 * Writes groups of appends, each group one transaction. At first it takes for granted that no event is in its stream already, which
 * spares a look-up each; when the index of ids says otherwise, the group is undone and written again with look-ups.
 */
export class LogWriter {
  private readonly db: Database;
  private readonly begin: Statement;
  private readonly commit: Statement;
  private readonly rollback: Statement;
  private readonly insertOne: Statement;
  private readonly insertMany: Statement;
  private readonly insertStream: Statement;
  private readonly selectStream: Statement;
  private readonly selectById: Statement;
  private readonly ends = new Map<string, StreamEnd>();
  /** Values of rows that wait to be inserted together. */
  private rows: (Payload | number)[][] = [];
  private position: number;

  constructor(db: Database) {
    this.db = db;
    const insert = (rows: number): Statement =>
      db.prepare(`INSERT INTO events VALUES ${new Array(rows).fill('(?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}`);
    this.begin = db.prepare('BEGIN IMMEDIATE');
    this.commit = db.prepare('COMMIT');
    this.rollback = db.prepare('ROLLBACK');
    this.insertOne = insert(1);
    this.insertMany = insert(ROWS_PER_INSERT);
    this.insertStream = db.prepare('INSERT INTO streams (name) VALUES (?)');
    this.selectStream = db
      .prepare('SELECT id, (SELECT max(revision) FROM events WHERE stream = streams.id) FROM streams WHERE name = ?')
      .raw();
    this.selectById = db.prepare('SELECT revision, position FROM events WHERE stream = ? AND id = ?').raw();
    this.position = this.end().position ?? 0;
  }

  /** Where the log ends. */
  end(): LogEnd {
    const row = this.db.prepare('SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1').raw().get();
    const [position, recordedAt] = (row as [number, number] | undefined) ?? [undefined, 0];
    return { position, recordedAt };
  }

  /** Durable when it returns. When it throws, nothing of the group has been written. */
  write(group: AppendGroup): AppendOutcome[] {
    try {
      return this.transact(group, false);
    } catch (error) {
      if (sqliteCode(error) !== 'SQLITE_CONSTRAINT_UNIQUE') throw error;
      return this.transact(group, true);
    }
  }

  private transact(group: AppendGroup, lookUp: boolean): AppendOutcome[] {
    const start = this.position;
    this.begin.run();
    try {
      const outcomes = group.appends.map((append) => this.place(append, group.recordedAt, lookUp));
      this.flush();
      this.commit.run();
      return outcomes;
    } catch (error) {
      this.position = start;
      this.rows = [];
      this.ends.clear();
      // SQLite has already rolled back by itself after some errors (disk full, I/O).
      if (this.db.inTransaction) this.rollback.run();
      throw error;
    }
  }

  private place(append: GroupedAppend, recordedAt: number, lookUp: boolean): AppendOutcome {
    const end = this.streamEnd(append.stream);
    const last = end === undefined || end.revision < 0 ? undefined : BigInt(end.revision);
    const expected = toExpectedRevision(append.expected);
    if (!lookUp && meets(last, expected)) return this.add(append, end, recordedAt);

    this.flush();
    const there = append.ids.map((id) => end && (this.selectById.get([end.id, id]) as [number, number] | undefined));
    const plan = planAppend(
      last,
      expected,
      there.map((place) => place && BigInt(place[0])),
    );
    if (!plan.ok) return { kind: 'wrong-expected-revision', actual: end?.revision };
    if (plan.fresh.length > 0) return this.add(append, end, recordedAt, plan.fresh);
    const [revision, position] = there.reduce((a, b) => (a![0] > b![0] ? a : b))!;
    return { kind: 'repeated', revision, position };
  }

  private add(
    append: GroupedAppend,
    known: StreamEnd | undefined,
    recordedAt: number,
    fresh?: readonly number[],
  ): AppendOutcome {
    const end = known ?? this.createStream(append.stream);
    const revision = end.revision + 1;
    const position = this.position + 1;
    const count = fresh?.length ?? append.ids.length;
    for (let n = 0; n < count; n++) {
      const i = fresh ? fresh[n]! : n;
      this.rows.push([
        ++this.position,
        end.id,
        ++end.revision,
        append.ids[i]!,
        append.types[i]!,
        recordedAt,
        append.metadata[i]!,
        append.data[i]!,
      ]);
    }
    if (this.rows.length >= ROWS_PER_INSERT) this.flush();
    return { kind: 'written', revision, position, ...(count < append.ids.length && { fresh: fresh! }) };
  }

  private flush(): void {
    const { rows } = this;
    let i = 0;
    for (; i + ROWS_PER_INSERT <= rows.length; i += ROWS_PER_INSERT) {
      this.insertMany.run(rows.slice(i, i + ROWS_PER_INSERT).flat());
    }
    for (; i < rows.length; i++) this.insertOne.run(rows[i]!);
    this.rows = [];
  }

  private streamEnd(name: string): StreamEnd | undefined {
    const known = this.ends.get(name);
    if (known) return known;
    const row = this.selectStream.get([name]) as [number, number | null] | undefined;
    return row && this.remember(name, { id: row[0], revision: row[1] ?? -1 });
  }

  private createStream(name: string): StreamEnd {
    const { lastInsertRowid } = this.insertStream.run([name]);
    return this.remember(name, { id: Number(lastInsertRowid), revision: -1 });
  }

  private remember(name: string, end: StreamEnd): StreamEnd {
    if (this.ends.size >= MAX_STREAM_ENDS) this.ends.clear();
    this.ends.set(name, end);
    return end;
  }
}

const toExpectedRevision = (expected: Expected): ExpectedRevision =>
  typeof expected === 'number' ? BigInt(expected) : expected;
