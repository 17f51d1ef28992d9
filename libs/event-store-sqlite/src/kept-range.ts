import { metadataOwner } from '@millwright/event-store';
import type { Statements } from './statements.js';
import type { RetentionRow } from './stream-table.js';

/** A stream as its readers know it. */
export interface StreamRange {
  readonly id: number;
  /** Last revision ever given, -1 for none. */
  readonly last: number;
  /** First revision that retention shows; beyond `last` when it hides all. What a scavenge has removed lies before it. */
  readonly first: number;
}

type StreamRow = [id: number, removedTo: number, last: number, ...RetentionRow];

const SELECT = `SELECT id, removed_to, max(removed_to, coalesce((SELECT max(revision) FROM events WHERE stream = streams.id), -1)),
  max_age_seconds, max_count, truncate_before, tombstoned FROM streams`;

/** The stream, or the one whose metadata it holds, when that is tombstoned. */
export const tombstonedName = (statements: Statements, name: string): string | undefined =>
  [name, metadataOwner(name)].find(
    (each) => each !== undefined && statements.value('SELECT tombstoned FROM streams WHERE name = ?', each) === 1,
  );

/** Undefined for a stream that is not there. `now`: the log's clock, epoch milliseconds. */
export const rangeOfName = (statements: Statements, name: string, now: number): StreamRange | undefined => {
  const row = statements.get(`${SELECT} WHERE name = ?`).get([name]) as StreamRow | undefined;
  return row && toRange(statements, row, now);
};

/** Of streams that something may be hidden of, in order of their ids, beginning after one. */
export const rangesWithRetention = (
  statements: Statements,
  now: number,
  after: number,
  count: number,
): StreamRange[] => {
  const sql = `${SELECT} WHERE id > ? AND (max_age_seconds IS NOT NULL OR max_count IS NOT NULL OR truncate_before IS NOT NULL OR tombstoned)
    ORDER BY id LIMIT ?`;
  const rows = statements.get(sql).all([after, count]) as StreamRow[];
  return rows.map((row) => toRange(statements, row, now));
};

const toRange = (statements: Statements, row: StreamRow, now: number): StreamRange => {
  const [id, removedTo, last, maxAgeSeconds, maxCount, truncateBefore, tombstoned] = row;
  if (tombstoned) return { id, last, first: last + 1 };
  let first = Math.max(removedTo + 1, truncateBefore ?? 0, maxCount === null ? 0 : last - maxCount + 1);
  if (maxAgeSeconds !== null) first = firstSince(statements, id, first, last, now - maxAgeSeconds * 1_000);
  return { id, last, first };
};

/** The first revision from `low` on recorded at or after the time: bisection, since `recorded_at` never falls. */
const firstSince = (statements: Statements, stream: number, low: number, last: number, time: number): number => {
  let high = last + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const recordedAt = statements.value(
      'SELECT recorded_at FROM events WHERE stream = ? AND revision = ?',
      stream,
      middle,
    );
    if (recordedAt !== undefined && recordedAt >= time) high = middle;
    else low = middle + 1;
  }
  return low;
};
