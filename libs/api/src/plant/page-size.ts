import { ApiError } from '../error/api-error.js';

/** Most entries of one list. */
export const MAX_FIRST = 10_000;

/** `first` as a limit; throws INVALID outside 1 … MAX_FIRST. */
export const pageSize = (first: number): number => {
  if (first >= 1 && first <= MAX_FIRST) return first;
  throw new ApiError('INVALID', `first: expected 1 to ${MAX_FIRST}, got ${first}`);
};
