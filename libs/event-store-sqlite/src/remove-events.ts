import type { Database } from '@millwright/sqlite';
import { commitBefore, readCommits, type Commit } from './commits.js';
import { chainOf } from './digest.js';
import { digestOfColumns, pickColumns } from './page-columns.js';
import { numbersOf, parseNumbers } from './page-query.js';
import { RecordReader } from './read-records.js';
import { noteRemoved } from './removed.js';
import { Statements } from './statements.js';

/** Bounds of a step, so that appends between steps wait for a few milliseconds. */
const EVENTS_LOOKED_AT = 4_096;
const EVENTS_REMOVED = 256;

interface Row {
  readonly position: number;
  readonly stream: number;
  readonly revision: number;
}

/** The events that are to go. */
export interface Hidden {
  /** By stream: the first revision that stays. */
  readonly keptFrom: ReadonlyMap<number, number>;
  /** The first and the last position to go. */
  readonly from: number;
  readonly to: number;
}

/**
 * Removes hidden events, commit by commit in log order, and leaves behind what proves the others right: the commit's chain, its digest
 * as it was, and a digest over the rest of it.
 */
export class EventRemover {
  private readonly db: Database;
  private readonly hidden: Hidden;
  private readonly statements: Statements;
  private readonly records: RecordReader;
  /** The last commit that has been dealt with. */
  private done: Commit | undefined;

  constructor(db: Database, hidden: Hidden) {
    this.db = db;
    this.hidden = hidden;
    this.statements = new Statements(db);
    this.records = new RecordReader(this.statements);
  }

  /** Within a transaction: removes some. Gives their number, and whether there is more to do. */
  step(): { removed: number; more: boolean } {
    this.done ??= commitBefore(this.statements, this.hidden.from - 1);
    const commits = readCommits(this.statements, this.done.last, EVENTS_LOOKED_AT);
    const rows = this.hiddenRows(this.done.last, commits.at(-1)?.last ?? this.done.last);
    let removed = 0;
    for (const commit of commits) {
      const first = removed;
      while (removed < rows.length && rows[removed]!.position <= commit.last) removed++;
      const empty: boolean =
        removed > first ? this.removeRows(this.done, commit, rows.slice(first, removed)) : commit.empty;
      // The last chain of commits that are gone speaks for all of them.
      if (empty && this.done.empty) this.run('DELETE FROM scavenged WHERE last = ?', this.done.last);
      this.done = { ...commit, empty };
      if (removed >= EVENTS_REMOVED) break;
    }
    return { removed, more: commits.length > 0 && this.done.last < this.hidden.to };
  }

  private hiddenRows(after: number, to: number): Row[] {
    const columns = this.statements
      .get(
        `SELECT ${numbersOf('position')}, ${numbersOf('stream')}, ${numbersOf('revision')} FROM
          (SELECT position, stream, revision FROM events WHERE position > ? AND position <= ? ORDER BY position)`,
      )
      .get([after, to]) as Buffer[];
    const [positions, streams, revisions] = columns.map(parseNumbers) as [number[], number[], number[]];
    return positions
      .map((position, n) => ({ position, stream: streams[n]!, revision: revisions[n]! }))
      .filter(({ stream, revision }) => revision < (this.hidden.keptFrom.get(stream) ?? 0));
  }

  /** Gives whether nothing is left of the commit. Throws when it is not as it was written: removing from it would hide that for ever. */
  private removeRows(previous: Commit, commit: Commit, rows: readonly Row[]): boolean {
    const before = this.records.readColumns(previous.last, commit.last)!;
    const digest = digestOfColumns(before);
    const intact = commit.scavenged
      ? commit.scavenged.rest.equals(digest)
      : commit.chain.equals(chainOf(previous.chain, digest));
    if (!intact) throw damaged(commit.last);
    const positions = rows.map(({ position }) => position);
    this.run('DELETE FROM events WHERE position IN (SELECT value FROM json_each(?))', JSON.stringify(positions));
    const removedTo = new Map(rows.map(({ stream, revision }) => [stream, revision]));
    for (const [stream, revision] of removedTo) {
      this.run('UPDATE streams SET removed_to = max(removed_to, ?) WHERE id = ?', revision, stream);
    }
    const gone = new Set(positions);
    const left = before.positions.flatMap((position, index) => (gone.has(position) ? [] : [index]));
    const digests =
      left.length === 0
        ? [null, null]
        : [commit.scavenged?.digest ?? digest, digestOfColumns(pickColumns(before, left))];
    this.run('INSERT OR REPLACE INTO scavenged VALUES (?, ?, ?, ?)', commit.last, commit.chain, ...digests);
    noteRemoved(this.db, positions.length, positions.at(-1)!);
    return left.length === 0;
  }

  private run(sql: string, ...values: (number | string | Buffer | null)[]): void {
    this.statements.write(sql).run(values);
  }
}

const damaged = (position: number): Error =>
  Object.assign(
    new Error(
      `events up to position ${position} are not as they were written; none of them is removed, verify the log`,
    ),
    { code: 'SQLITE_CORRUPT' },
  );
