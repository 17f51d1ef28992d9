import { expect, test } from 'vitest';
import { positive, ratios, resultLine } from './bench.js';

test('a ratio is ours by reference, and reference by ours where less is better', () => {
  const ours = { reads_per_s: 90, wait_ms: 2, own: 1 };
  expect(ratios(ours, { reads_per_s: 100, wait_ms: 1, other: 1 }, ['wait_ms'])).toEqual({
    reads_per_s: 0.9,
    wait_ms: 0.5,
  });
});

test('nothing beside nothing is equal, something beside nothing has no ratio', () => {
  expect(JSON.stringify(ratios({ lost: 0, kept: 1 }, { lost: 0, kept: 0 }))).toBe('{"lost":1,"kept":null}');
});

test('the last line is one JSON object with the ratio to each reference', () => {
  const line = resultLine(
    { name: 'log', lessIsBetter: ['mb'] },
    { a_per_s: 1, mb: 4 },
    { x: { a_per_s: 3, mb: 2 }, y: {} },
  );
  expect(line).not.toContain('\n');
  expect(JSON.parse(line)).toEqual({
    bench: 'log',
    ours: { a_per_s: 1, mb: 4 },
    reference: { x: { a_per_s: 3, mb: 2 }, y: {} },
    ratio: { x: { a_per_s: 0.333, mb: 0.5 }, y: {} },
  });
});

test('an option that is no number above 0 is said to be none', () => {
  expect(positive({ seconds: '2.5' }, 'seconds')).toBe(2.5);
  for (const seconds of ['', 'ten', '0', '-1', 'Infinity']) {
    expect(() => positive({ seconds }, 'seconds')).toThrow(`--seconds is "${seconds}"; expected a number above 0`);
  }
});
