import { BAD, GOOD, UNCERTAIN, type AlarmLimits, type LimitLevel } from '@millwright/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  acknowledge,
  alarmName,
  applyChanges,
  evaluate,
  NO_ALARMS,
  NO_CHANGES,
  relimit,
  splitAlarmName,
  type SignalAlarms,
} from './index.js';

const LIMITS: AlarmLimits = { lowLow: 10, low: 20, high: 80, highHigh: 90, deadband: 2, priority: 'high' };

/** States after a run of values, with the changes in between as `level:from>to`. */
const fold = (values: readonly number[], from: SignalAlarms = NO_ALARMS, limits = LIMITS) => {
  let alarms = from;
  const log: string[] = [];
  for (const value of values) {
    const changes = evaluate(limits, alarms, value, GOOD);
    alarms = applyChanges(alarms, changes);
    log.push(...changes.map((c) => `${c.level}:${c.from}>${c.to}`));
  }
  return { alarms, log };
};

describe('a value beyond its limit', () => {
  it('raises the alarm as unacknowledged, with limit, priority and value', () => {
    expect(evaluate(LIMITS, NO_ALARMS, 81, GOOD)).toEqual([
      { level: 'high', priority: 'high', limit: 80, from: 'normal', to: 'unacknowledged', value: 81 },
    ]);
  });
  it('raises nothing exactly at the limit', () => {
    expect(fold([80, 20, 80]).log).toEqual([]);
  });
  it('raises every level it jumped through, inner ones first', () => {
    expect(fold([95]).log).toEqual(['high:normal>unacknowledged', 'high-high:normal>unacknowledged']);
    expect(fold([5]).log).toEqual(['low:normal>unacknowledged', 'low-low:normal>unacknowledged']);
  });
  it('has medium priority where the limits state none', () => {
    expect(evaluate({ high: 1 }, NO_ALARMS, 2, GOOD)[0]!.priority).toBe('medium');
  });
  it('raises it once', () => {
    expect(fold([81, 85, 89]).log).toEqual(['high:normal>unacknowledged']);
  });
});

describe('a value coming back', () => {
  it('keeps the alarm within the deadband', () => {
    expect(fold([81, 78.1, 81]).log).toEqual(['high:normal>unacknowledged']);
    expect(fold([19, 21.9]).log).toEqual(['low:normal>unacknowledged']);
  });
  it('returns it at the deadband, still to be acknowledged', () => {
    expect(fold([81, 78]).alarms).toEqual({ high: 'returned-unacknowledged' });
    expect(fold([19, 22]).alarms).toEqual({ low: 'returned-unacknowledged' });
  });
  it('ends an acknowledged alarm', () => {
    expect(fold([70], { high: 'acknowledged' }).alarms).toEqual({});
  });
  it('clears without deadband as soon as it is not beyond', () => {
    expect(fold([81, 80], NO_ALARMS, { high: 80 }).alarms).toEqual({ high: 'returned-unacknowledged' });
  });
  it('and leaving again makes a returned alarm unacknowledged again', () => {
    expect(fold([81, 70, 81]).log.at(-1)).toBe('high:returned-unacknowledged>unacknowledged');
  });
});

describe('samples that change no alarm', () => {
  it('those of bad quality', () => expect(evaluate(LIMITS, NO_ALARMS, 99, BAD)).toBe(NO_CHANGES));
  it('values that are no numbers', () => {
    expect(evaluate(LIMITS, NO_ALARMS, '99', GOOD)).toBe(NO_CHANGES);
    expect(evaluate(LIMITS, NO_ALARMS, true, GOOD)).toBe(NO_CHANGES);
  });
  it('but an uncertain one counts', () => expect(evaluate(LIMITS, NO_ALARMS, 99, UNCERTAIN)).toHaveLength(2));
});

describe('acknowledging', () => {
  it('quiets an active alarm', () => {
    expect(acknowledge(LIMITS, { high: 'unacknowledged' }, 'high')).toEqual({
      level: 'high',
      priority: 'high',
      limit: 80,
      from: 'unacknowledged',
      to: 'acknowledged',
    });
  });
  it('ends one that has returned', () => {
    expect(acknowledge(LIMITS, { low: 'returned-unacknowledged' }, 'low')?.to).toBe('normal');
  });
  it.each<[string, SignalAlarms]>([
    ['normal', NO_ALARMS],
    ['acknowledged', { high: 'acknowledged' }],
  ])('changes nothing when the alarm is %s', (_, alarms) => {
    expect(acknowledge(LIMITS, alarms, 'high')).toBeUndefined();
  });
});

describe('new limits', () => {
  const latest = { value: 85, status: GOOD };
  it('end an alarm whose limit is gone, acknowledged or not, and say so', () => {
    for (const state of ['unacknowledged', 'acknowledged', 'returned-unacknowledged'] as const) {
      expect(relimit(LIMITS, { low: 20 }, { high: state }, latest)).toEqual([
        { level: 'high', priority: 'high', limit: 80, from: state, to: 'normal', note: 'limit removed' },
      ]);
    }
    expect(relimit(LIMITS, undefined, { high: 'unacknowledged' }, latest)).toHaveLength(1);
  });
  it('raise an alarm that the latest value is now beyond', () => {
    expect(relimit({ high: 90 }, { high: 80 }, NO_ALARMS, latest)).toMatchObject([
      { level: 'high', limit: 80, to: 'unacknowledged', value: 85 },
    ]);
  });
  it('return an alarm that the latest value is now inside of', () => {
    expect(relimit({ high: 80 }, { high: 90 }, { high: 'unacknowledged' }, latest)).toMatchObject([
      { limit: 90, to: 'returned-unacknowledged' },
    ]);
  });
  it('keep everything when no sample can be trusted', () => {
    expect(relimit(LIMITS, { high: 90 }, { high: 'unacknowledged' }, undefined)).toBe(NO_CHANGES);
    expect(relimit(LIMITS, { high: 90 }, { high: 'unacknowledged' }, { value: 1, status: BAD })).toEqual([]);
  });
});

describe('alarm names', () => {
  it('split into signal and level', () => {
    expect(splitAlarmName(alarmName('zone-1', 'high-high'))).toEqual({ signal: 'zone-1', level: 'high-high' });
  });
  it.each(['', 'high', '/high', 'zone-1/hot', 'zone-1'])('"%s" is none', (text) => {
    expect(splitAlarmName(text)).toBeUndefined();
  });
});

describe('whatever the values', { timeout: 60_000 }, () => {
  const value = fc.double({ min: 0, max: 100, noNaN: true });
  const levels: readonly LimitLevel[] = ['low-low', 'low', 'high', 'high-high'];

  it('changes form a chain per level: each begins where the last one ended', () => {
    fc.assert(
      fc.property(fc.array(value), fc.array(fc.constantFrom(...levels)), (values, acknowledged) => {
        let alarms: SignalAlarms = NO_ALARMS;
        const at: Record<string, string> = {};
        const follow = (changes: readonly { level: LimitLevel; from: string; to: string }[]): void => {
          for (const { level, from, to } of changes) {
            expect(from).toBe(at[level] ?? 'normal');
            expect(to).not.toBe(from);
            at[level] = to;
          }
        };
        values.forEach((v, i) => {
          const changes = evaluate(LIMITS, alarms, v, GOOD);
          follow(changes);
          alarms = applyChanges(alarms, changes);
          const level = acknowledged[i];
          const change = level && acknowledge(LIMITS, alarms, level);
          if (!change) return;
          follow([change]);
          alarms = applyChanges(alarms, [change]);
        });
      }),
    );
  });

  it('an outer alarm is never raised while its inner one is normal', () => {
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const { alarms } = fold(values);
        if (alarms['high-high'] === 'unacknowledged') expect(alarms.high).toBe('unacknowledged');
        if (alarms['low-low'] === 'unacknowledged') expect(alarms.low).toBe('unacknowledged');
      }),
    );
  });

  it('the same sample twice changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        const { alarms } = fold(values);
        expect(evaluate(LIMITS, alarms, values.at(-1)!, GOOD)).toBe(NO_CHANGES);
      }),
    );
  });
});
