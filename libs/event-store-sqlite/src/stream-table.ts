import { DELETED_TRUNCATE_BEFORE, type Retention } from '@millwright/event-store';
import type { Database, Statement } from '@millwright/sqlite';

/** A stream as its writer knows it. */
export interface StreamState {
  readonly id: number;
  readonly name: string;
  /** Last revision ever given, -1 for none. */
  revision: number;
  retention: Retention;
  tombstoned: boolean;
}

/** What the table says of a stream's retention. */
export type RetentionRow = [
  maxAgeSeconds: number | null,
  maxCount: number | null,
  truncateBefore: number | null,
  tombstoned: number,
];

type StreamRow = [id: number, revision: number, ...RetentionRow];

/** States remembered at most; then they are read again. */
const MAX_STATES = 100_000;

/** The streams of a log, for its writer. */
export class StreamTable {
  private readonly select: Statement;
  private readonly insert: Statement;
  private readonly update: Statement;
  private readonly close: Statement;
  private readonly states = new Map<string, StreamState>();

  constructor(db: Database) {
    this.select = db
      .prepare(
        `SELECT id, max(removed_to, coalesce((SELECT max(revision) FROM events WHERE stream = streams.id), -1)),
          max_age_seconds, max_count, truncate_before, tombstoned FROM streams WHERE name = ?`,
      )
      .raw();
    this.insert = db.prepare('INSERT INTO streams (name) VALUES (?)');
    this.update = db.prepare('UPDATE streams SET max_age_seconds = ?, max_count = ?, truncate_before = ? WHERE id = ?');
    this.close = db.prepare('UPDATE streams SET tombstoned = 1 WHERE id = ?');
  }

  /** Undefined for a stream that nobody has written to or spoken of. */
  find(name: string): StreamState | undefined {
    const known = this.states.get(name);
    if (known) return known;
    const row = this.select.get([name]) as StreamRow | undefined;
    if (!row) return undefined;
    const [id, revision, ...retention] = row;
    return this.remember({ id, name, revision, retention: retentionOfRow(retention), tombstoned: retention[3] !== 0 });
  }

  create(name: string): StreamState {
    const { lastInsertRowid } = this.insert.run([name]);
    return this.remember({ id: Number(lastInsertRowid), name, revision: -1, retention: {}, tombstoned: false });
  }

  retain(stream: StreamState, retention: Retention): void {
    const { maxAgeSeconds, maxCount, truncateBefore } = retention;
    this.update.run([toInteger(maxAgeSeconds), toInteger(maxCount), truncateBefore ?? null, stream.id]);
    stream.retention = retention;
  }

  tombstone(stream: StreamState): void {
    this.close.run([stream.id]);
    stream.tombstoned = true;
  }

  /** Bounds what is remembered. Not within a transaction, whose rows may not be in the file yet. */
  trim(): void {
    if (this.states.size >= MAX_STATES) this.forget();
  }

  /** Reads everything again: after a transaction that was undone. */
  forget(): void {
    this.states.clear();
  }

  private remember(state: StreamState): StreamState {
    this.states.set(state.name, state);
    return state;
  }
}

const retentionOfRow = ([maxAgeSeconds, maxCount, truncateBefore]: RetentionRow): Retention => ({
  ...(maxAgeSeconds !== null && { maxAgeSeconds }),
  ...(maxCount !== null && { maxCount }),
  ...(truncateBefore !== null && {
    truncateBefore: truncateBefore > Number.MAX_SAFE_INTEGER ? DELETED_TRUNCATE_BEFORE : BigInt(truncateBefore),
  }),
});

/** Larger ones keep all just the same. */
const toInteger = (count: number | undefined): number | null =>
  count === undefined ? null : Math.min(count, Number.MAX_SAFE_INTEGER);
