import type { TimeRange } from '@millwright/read-model';
import { HOUR, MINUTE, type RollupLevel } from './rollup-table.js';

/** A part of a range, and what to read it from: a rollup whose cells it covers whole, or the samples. */
export interface Piece extends TimeRange {
  readonly level: RollupLevel | 'samples';
}

/**
 * Cuts a range into pieces, oldest first: hours where buckets are whole hours, minutes where they are whole minutes, samples at the ragged edges.
 * The cut follows from range and width alone, so that a question is always answered by the same sums.
 */
export const piecesOf = (range: TimeRange, bucketMs: number | undefined): Piece[] => {
  const levels = [HOUR, MINUTE].filter(({ widthMs }) => bucketMs !== undefined && bucketMs % widthMs === 0);
  return cut(range, levels);
};

const cut = ({ from, to }: TimeRange, [level, ...finer]: readonly RollupLevel[]): Piece[] => {
  if (!(from < to)) return [];
  if (!level) return [{ level: 'samples', from, to }];
  const start = Math.ceil(from / level.widthMs) * level.widthMs;
  const end = Math.floor(to / level.widthMs) * level.widthMs;
  if (!(start < end)) return cut({ from, to }, finer);
  return [...cut({ from, to: start }, finer), { level, from: start, to: end }, ...cut({ from: end, to }, finer)];
};
