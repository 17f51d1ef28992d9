import { expect, test } from 'vitest';
import { piecesOf } from './pieces.js';
import { HOUR, MINUTE } from './rollup-table.js';

const MIN = 60_000;

test('without buckets, or with ones narrower than a minute, samples are read', () => {
  const range = { from: 0, to: 10 * MIN };
  expect(piecesOf(range, undefined)).toEqual([{ level: 'samples', ...range }]);
  expect(piecesOf(range, 90_000)).toEqual([{ level: 'samples', ...range }]);
});

test('whole hours come from hours, whole minutes around them from minutes, and samples from the edges', () => {
  expect(piecesOf({ from: 58.5 * MIN, to: 182.5 * MIN }, 2 * HOUR.widthMs)).toEqual([
    { level: 'samples', from: 58.5 * MIN, to: 59 * MIN },
    { level: MINUTE, from: 59 * MIN, to: 60 * MIN },
    { level: HOUR, from: 60 * MIN, to: 180 * MIN },
    { level: MINUTE, from: 180 * MIN, to: 182 * MIN },
    { level: 'samples', from: 182 * MIN, to: 182.5 * MIN },
  ]);
});

test('a range within one minute, and one of no length', () => {
  expect(piecesOf({ from: 10, to: 20 }, MIN)).toEqual([{ level: 'samples', from: 10, to: 20 }]);
  expect(piecesOf({ from: 20, to: 20 }, MIN)).toEqual([]);
  expect(piecesOf({ from: 20, to: 10 }, MIN)).toEqual([]);
});
