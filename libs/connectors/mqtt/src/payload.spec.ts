import { expect, test } from 'vitest';
import { jsonPath, parseJson, timeOf, valueAt } from './payload.js';

test.each([
  ['a', { a: 1 }, 1],
  ['a.b.c', { a: { b: { c: 'x' } } }, 'x'],
  ['a.1.v', { a: [{ v: 1 }, { v: 2 }] }, 2],
  ['a', { a: null }, null],
  ['a.b', { a: null }, undefined],
  ['a.b', { a: 5 }, undefined],
  ['a', [1], undefined],
  ['a', 'text', undefined],
  ['length', [1], 1],
  ['toString', {}, undefined],
  ['__proto__.x', {}, undefined],
])('at %s of %j is %j', (path, json, value) => {
  expect(valueAt(json, jsonPath(path))).toEqual(value);
});

test('what is no JSON is told from a null', () => {
  expect(parseJson('{"a":')).toBeUndefined();
  expect(parseJson('null')).toEqual({ json: null });
});

test.each([
  [1_700_000_000_123, 1_700_000_000_123],
  ['2024-02-29T12:00:00Z', Date.UTC(2024, 1, 29, 12)],
  ['2024-02-29T12:00:00.250+01:00', Date.UTC(2024, 1, 29, 11, 0, 0, 250)],
])('the time %j is %d', (value, time) => {
  expect(timeOf(value)).toBe(time);
});

test.each(['2024-02-29T12:00:00', '29.02.2024', '2024-02-30T99:00:00Z', '1700000000000', true, {}])(
  '%j is no time',
  (value) => {
    expect(timeOf(value)).toBeNaN();
  },
);
