import type { Database } from '@millwright/sqlite';
import { commitBefore, readCommits, type Commit } from './commits.js';
import { chainOf } from './digest.js';
import { digestOfColumns, pickColumns, splitColumns } from './page-columns.js';
import { numbersOf, parseNumbers } from './page-query.js';
import { RecordReader } from './read-records.js';
import { noteRemoved } from './removed.js';
import { Statements } from './statements.js';

/** Bounds of a step, so that appends between steps wait for a few milliseconds. */
const EVENTS_LOOKED_AT = 4_096;
const EVENTS_REMOVED = 256;
const BYTES_READ = 2 * 1024 * 1024;

/** Events of the log, without their payload. */
interface Rows {
  readonly positions: readonly number[];
  readonly streams: readonly number[];
  readonly revisions: readonly number[];
  /** Bytes of payload. */
  readonly sizes: readonly number[];
}

/** A commit that loses events: indexes of its rows, and of those that are to go. */
interface Loss {
  readonly previous: Commit;
  readonly commit: Commit;
  readonly start: number;
  readonly end: number;
  readonly hidden: readonly number[];
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
    const rows = this.readRows(this.done.last, commits.at(-1)?.last ?? this.done.last);
    const losses: Loss[] = [];
    const obsolete: number[] = [];
    let removed = 0;
    let bytes = 0;
    let end = 0;
    for (const commit of commits) {
      const start = end;
      while (end < rows.positions.length && rows.positions[end]! <= commit.last) end++;
      const hidden = this.hiddenOf(rows, start, end);
      if (hidden.length > 0) {
        losses.push({ previous: this.done, commit, start, end, hidden });
        for (let at = start; at < end; at++) bytes += rows.sizes[at]!;
      }
      const empty = hidden.length > 0 ? hidden.length === end - start : commit.empty;
      // The last chain of commits that are gone speaks for all of them.
      if (empty && this.done.empty) obsolete.push(this.done.last);
      this.done = { ...commit, empty };
      removed += hidden.length;
      if (removed >= EVENTS_REMOVED || bytes >= BYTES_READ) break;
    }
    if (losses.length > 0) this.removeRows(rows, losses);
    for (const last of obsolete) this.run('DELETE FROM scavenged WHERE last = ?', last);
    return { removed, more: commits.length > 0 && this.done.last < this.hidden.to };
  }

  private readRows(after: number, to: number): Rows {
    const columns = this.statements
      .get(
        `SELECT ${['position', 'stream', 'revision', 'size'].map(numbersOf).join()} FROM
          (SELECT position, stream, revision, octet_length(metadata) + octet_length(data) AS size
            FROM events WHERE position > ? AND position <= ? ORDER BY position)`,
      )
      .get([after, to]) as Buffer[];
    const [positions, streams, revisions, sizes] = columns.map(parseNumbers) as [
      number[],
      number[],
      number[],
      number[],
    ];
    return { positions, streams, revisions, sizes };
  }

  private hiddenOf({ streams, revisions }: Rows, start: number, end: number): number[] {
    const hidden: number[] = [];
    for (let at = start; at < end; at++) {
      if (revisions[at]! < (this.hidden.keptFrom.get(streams[at]!) ?? 0)) hidden.push(at);
    }
    return hidden;
  }

  private removeRows(rows: Rows, losses: readonly Loss[]): void {
    for (const stretch of stretchesOf(losses)) this.noteLosses(stretch);
    const gone = losses.flatMap(({ hidden }) => hidden);
    const positions = gone.map((at) => rows.positions[at]!);
    this.run('DELETE FROM events WHERE position IN (SELECT value FROM json_each(?))', JSON.stringify(positions));
    const removedTo = new Map(gone.map((at) => [rows.streams[at]!, rows.revisions[at]!]));
    for (const [stream, revision] of removedTo) {
      this.run('UPDATE streams SET removed_to = max(removed_to, ?) WHERE id = ?', revision, stream);
    }
    noteRemoved(this.db, positions.length, positions.at(-1)!);
  }

  /** Of commits one behind the other. Throws when one is not as it was written: removing from it would hide that for ever. */
  private noteLosses(losses: readonly Loss[]): void {
    const [first, last] = [losses[0]!, losses.at(-1)!];
    const columns = this.records.readColumns(first.previous.last, last.commit.last)!;
    const parts = splitColumns(
      columns,
      losses.map(({ end }) => end - first.start),
    );
    for (const [n, { previous, commit, start, end, hidden }] of losses.entries()) {
      const digest = digestOfColumns(parts[n]!);
      const isIntact = commit.scavenged
        ? commit.scavenged.rest.equals(digest)
        : commit.chain.equals(chainOf(previous.chain, digest));
      if (!isIntact) throw damaged(commit.last);
      const gone = new Set(hidden);
      const left = Array.from({ length: end - start }, (_, at) => at).filter((at) => !gone.has(start + at));
      const digests =
        left.length === 0
          ? [null, null]
          : [commit.scavenged?.digest ?? digest, digestOfColumns(pickColumns(parts[n]!, left))];
      this.run('INSERT OR REPLACE INTO scavenged VALUES (?, ?, ?, ?)', commit.last, commit.chain, ...digests);
    }
  }

  private run(sql: string, ...values: (number | string | Buffer | null)[]): void {
    this.statements.write(sql).run(values);
  }
}

/** Losses of commits that follow one another, so that they can be read together. */
const stretchesOf = (losses: readonly Loss[]): Loss[][] => {
  const stretches: Loss[][] = [];
  for (const loss of losses) {
    const stretch = stretches.at(-1);
    if (stretch?.at(-1)!.end === loss.start) stretch!.push(loss);
    else stretches.push([loss]);
  }
  return stretches;
};

const damaged = (position: number): Error =>
  Object.assign(
    new Error(
      `events up to position ${position} are not as they were written; none of them is removed, verify the log`,
    ),
    { code: 'SQLITE_CORRUPT' },
  );
