import { expect, test } from 'vitest';
import { duration, parseDuration } from './duration.js';

test.each([
  ['250 ms', 250],
  ['1.5 s', 1_500],
  ['10min', 600_000],
  ['8 h', 28_800_000],
  ['8', undefined],
  ['-1 s', undefined],
  ['1 d', undefined],
  ['1 s 2', undefined],
])('%s is %s milliseconds', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
  expect(duration.safeParse(text).data).toBe(ms);
});
