import { BAD, GOOD, type SampleValue, type SignalModel } from '@millwright/events';
import type { EdgeRule } from '@millwright/plant-model';
import { describe, expect, test } from 'vitest';
import { EdgeFilter } from './edge-filter.js';

type Given = Pick<SignalModel, 'role' | 'alarms'>;
const measurement: Given = { role: 'measurement' };

/** What becomes of samples (value, time, status?) one after the other. */
const verdicts = (
  signal: Given,
  rule: EdgeRule,
  ...samples: readonly (readonly [SampleValue, number, number?])[]
): string[] => {
  const filter = new EdgeFilter(signal, rule);
  return samples.map(([value, time, status = GOOD]) => filter.judge(value, status, time) ?? 'stored');
};

describe('without a rule', () => {
  test('everything is stored', () => {
    expect(verdicts(measurement, {}, [1, 0], [1, 0], [1, 1])).toEqual(['stored', 'stored', 'stored']);
  });
});

describe('deadband', () => {
  test('measures against the last stored value, so that slow drift is seen', () => {
    expect(verdicts(measurement, { deadband: 1 }, [10, 0], [10.6, 1], [10.9, 2], [11, 3], [10.5, 4])).toEqual([
      'stored',
      'deadband',
      'deadband',
      'stored',
      'deadband',
    ]);
  });

  test('a heartbeat stores even an unchanged value', () => {
    expect(
      verdicts(measurement, { deadband: 1, heartbeatMs: 100 }, [10, 0], [10, 99], [10, 100], [10, 150], [10, 200]),
    ).toEqual(['stored', 'deadband', 'stored', 'deadband', 'stored']);
  });

  test('touches neither text nor booleans', () => {
    expect(verdicts(measurement, { deadband: 1 }, ['a', 0], ['a', 1], [true, 2], [true, 3])).not.toContain('deadband');
  });
});

describe('minimum interval', () => {
  test('counts from the last stored sample', () => {
    expect(
      verdicts(measurement, { minIntervalMs: 100 }, [1, 0], [2, 60], [3, 99], [4, 100], [5, 199], [6, 200]),
    ).toEqual(['stored', 'min-interval', 'min-interval', 'stored', 'min-interval', 'stored']);
  });
});

describe('always stored', () => {
  const strict: EdgeRule = { deadband: 100, minIntervalMs: 1_000 };

  test('a change of quality', () => {
    expect(verdicts(measurement, strict, [1, 0], [1, 1, BAD], [1, 2, BAD], [1, 3])).toEqual([
      'stored',
      'stored',
      'min-interval',
      'stored',
    ]);
  });

  test('what is older than the last stored: history being filled, and not the new measure', () => {
    expect(verdicts(measurement, strict, [1, 5_000], [1, 1_000], [1, 1_001], [1, 5_500])).toEqual([
      'stored',
      'stored',
      'stored',
      'min-interval',
    ]);
  });

  test('each inspection result', () => {
    expect(verdicts({ role: 'part-result' }, strict, [true, 0], [true, 0], [true, 1])).toEqual([
      'stored',
      'stored',
      'stored',
    ]);
  });

  test.each(['operating-state', 'good-count', 'scrap-count'] as const)(
    'a changed %s, but not an unchanged one',
    (role) => {
      expect(verdicts({ role }, strict, [1, 0], [2, 1], [2, 2], [1, 3])).toEqual([
        'stored',
        'stored',
        'min-interval',
        'stored',
      ]);
    },
  );

  test('a number that passes an alarm limit, reaches it, or passes where the alarm clears', () => {
    const oven: Given = { role: 'measurement', alarms: { high: 200, low: 100, deadband: 5 } };
    expect(
      verdicts(
        oven,
        strict,
        [190, 0],
        [194, 1],
        [195, 2],
        [196, 3],
        [199, 4],
        [200, 5],
        [201, 6],
        [202, 7],
        [180, 8],
        [105, 9],
        [99, 10],
      ),
    ).toEqual([
      'stored',
      'min-interval',
      'stored',
      'stored',
      'min-interval',
      'stored',
      'stored',
      'min-interval',
      'stored',
      'stored',
      'stored',
    ]);
  });
});
