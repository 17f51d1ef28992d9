import { BAD, GOOD, UNCERTAIN, type SampleValue } from '@millwright/events';
import { describe, expect, it } from 'vitest';
import { limitState, rangePosition, type LimitState, type RangePosition } from './index.js';

const SIGNAL = { alarms: { lowLow: 10, low: 20, high: 80, highHigh: 90 }, normalRange: { low: 30, high: 70 } };

describe('the limit state of a sample', () => {
  it.each<[SampleValue, number, LimitState]>([
    [50, GOOD, 'normal'],
    [70, GOOD, 'normal'],
    [70.1, GOOD, 'out-of-range'],
    [29, UNCERTAIN, 'out-of-range'],
    [80, GOOD, 'out-of-range'],
    [81, GOOD, 'high'],
    [91, GOOD, 'high-high'],
    [19, GOOD, 'low'],
    [9, GOOD, 'low-low'],
    [50, BAD, 'unknown'],
    ['50', GOOD, 'unknown'],
    [true, GOOD, 'unknown'],
  ])('%s with status %s is %s', (value, status, expected) => {
    expect(limitState(SIGNAL, { value, status })).toBe(expected);
  });
  it('is unknown where there is nothing to hold it against', () => {
    expect(limitState({}, { value: 1, status: GOOD })).toBe('unknown');
    expect(limitState({ alarms: { deadband: 1 } }, { value: 1, status: GOOD })).toBe('unknown');
  });
  it('is normal inside alarm limits without a range, and inside a range without limits', () => {
    expect(limitState({ alarms: { high: 2 } }, { value: 1, status: GOOD })).toBe('normal');
    expect(limitState({ normalRange: { low: 0 } }, { value: 1, status: GOOD })).toBe('normal');
  });
});

describe('the position of a value beside a range', () => {
  it.each<[number, RangePosition]>([
    [0.9, 'below'],
    [1, 'within'],
    [2, 'within'],
    [2.1, 'above'],
  ])('of %d beside 1 to 2 is %s', (value, position) => {
    expect(rangePosition({ low: 1, high: 2 }, value)).toBe(position);
  });
  it('is within where an end is open', () => {
    expect([rangePosition({ low: 1 }, 9), rangePosition({ high: 2 }, -9), rangePosition(undefined, 3)]).toEqual([
      'within',
      'within',
      'within',
    ]);
  });
});
