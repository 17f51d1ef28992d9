import type { Direction, Position, ReadAllOptions } from './event-store.port.js';

/** Where a read begins, as adapters need it: exclusive after or inclusive from, at most one of them. */
export interface ReadStart {
  readonly direction: Direction;
  readonly from: Position | undefined;
  readonly after: Position | undefined;
  readonly maxCount: number;
}

/** Checks the options of `readAll`. Throws RangeError for a mistake of the caller. */
export const readStart = ({ direction = 'forwards', from, after, maxCount = Infinity }: ReadAllOptions): ReadStart => {
  if (from !== undefined && after !== undefined) throw new RangeError('readAll takes `from` or `after`, not both');
  if (after !== undefined && direction === 'backwards') {
    throw new RangeError('readAll takes `after` forwards only; backwards use `from`, which is inclusive');
  }
  return { direction, from, after, maxCount: checkMaxCount(maxCount) };
};

/** Throws RangeError unless the number is a count or Infinity. */
export const checkMaxCount = (maxCount: number): number => {
  if (maxCount >= 0 && (Number.isInteger(maxCount) || maxCount === Infinity)) return maxCount;
  throw new RangeError(`maxCount is ${maxCount}; expected a whole number from 0, or nothing for no limit`);
};
