import { ApiError } from '../error/api-error.js';

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Width of a bucket in milliseconds from text such as `10 s`, `1 min`, `1 h`; throws INVALID. */
export const parseBucket = (text: string): number => {
  const match = /^(\d{1,9}) ?(ms|s|min|h|d)$/.exec(text.trim());
  const width = match ? Number(match[1]) * UNIT_MS[match[2]!]! : 0;
  if (width > 0) return width;
  throw new ApiError(
    'INVALID',
    `bucket: expected a whole number and ms, s, min, h or d, such as "10 s" or "1 min", got ${JSON.stringify(text)}`,
  );
};
