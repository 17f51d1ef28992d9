import { expect, test } from 'vitest';
import { median, percentile } from './statistics.js';

test('the median is the middle, whatever the order', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([100, 1, 4, 2])).toBe(3);
  expect(median([7])).toBe(7);
});

test('a percentile is one of the values', () => {
  const values = Array.from({ length: 100 }, (_, n) => 100 - n);
  expect(percentile(values, 0.5)).toBe(50);
  expect(percentile(values, 0.99)).toBe(99);
  expect(percentile(values, 1)).toBe(100);
  expect(percentile([3], 0.01)).toBe(3);
});

test('what was not measured is said so', () => {
  expect(() => median([])).toThrow(/not measured/);
  expect(() => percentile([], 0.5)).toThrow(/not measured/);
});
