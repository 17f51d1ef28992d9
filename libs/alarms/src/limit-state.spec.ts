import { BAD, GOOD, UNCERTAIN, type SampleValue } from '@millwright/events';
import { describe, expect, it } from 'vitest';
import { inRange, limitState, type LimitState } from './index.js';

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
  it('a range includes its ends, and an absent end is open', () => {
    expect([inRange({ low: 1, high: 2 }, 1), inRange({ low: 1, high: 2 }, 2), inRange({ low: 1 }, 9)]).toEqual([
      true,
      true,
      true,
    ]);
    expect(inRange({ high: 2 }, 3)).toBe(false);
    expect(inRange(undefined, 3)).toBe(true);
  });
});
