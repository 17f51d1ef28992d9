import { expect, test } from 'vitest';
import { checkValue, exampleOf, isTime, MAX_TEXT_LENGTH } from './value-check.js';

test.each([
  ['number', 1.5, 1.5],
  ['number', '1.5', { refused: 'wrong-type' }],
  ['number', true, { refused: 'wrong-type' }],
  ['number', Number.NaN, { refused: 'not-a-number' }],
  ['number', Number.NEGATIVE_INFINITY, { refused: 'not-a-number' }],
  ['number', null, { refused: 'no-value' }],
  ['number', undefined, { refused: 'no-value' }],
  ['integer', 3, 3],
  ['integer', 3.5, { refused: 'not-an-integer' }],
  ['integer', 2 ** 53, { refused: 'not-an-integer' }],
  ['integer', Number.NaN, { refused: 'not-a-number' }],
  ['boolean', false, false],
  ['boolean', 0, { refused: 'wrong-type' }],
  ['boolean', 'true', { refused: 'wrong-type' }],
  ['text', 'pass', 'pass'],
  ['text', 1, { refused: 'wrong-type' }],
  ['text', 'x'.repeat(MAX_TEXT_LENGTH), 'x'.repeat(MAX_TEXT_LENGTH)],
  ['text', 'x'.repeat(MAX_TEXT_LENGTH + 1), { refused: 'text-too-long' }],
] as const)('%s: %j → %j', (dataType, raw, expected) => {
  expect(checkValue(dataType, raw, undefined)).toEqual(expected);
});

test('scales numbers, and refuses what scaling makes no number of the type', () => {
  expect(checkValue('number', 400, { scale: 0.1, offset: -10 })).toBe(30);
  expect(checkValue('number', Number.MAX_VALUE, { scale: 10, offset: 0 })).toEqual({ refused: 'not-a-number' });
  expect(checkValue('integer', 3, { scale: 0.5, offset: 0 })).toEqual({ refused: 'not-an-integer' });
});

test('times must fit a Date', () => {
  expect([0, -1, Date.now(), 8.64e15].every(isTime)).toBe(true);
  expect([Number.NaN, Number.POSITIVE_INFINITY, 8.65e15].some(isTime)).toBe(false);
});

test('examples are cut to 100 characters and never throw', () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  expect(exampleOf(Number.NaN)).toBe('NaN');
  expect(exampleOf({ a: 1 })).toBe('{"a":1}');
  expect(exampleOf(12n)).toBe('12');
  expect(exampleOf(circular)).toBe('[object Object]');
  expect(exampleOf('x'.repeat(100))).toBe('x'.repeat(100));
  expect(exampleOf('x'.repeat(101))).toBe(`${'x'.repeat(99)}…`);
});
