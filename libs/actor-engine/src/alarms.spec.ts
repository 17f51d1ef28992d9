import { BAD } from '@millwright/events';
import { describe, expect, it } from 'vitest';
import {
  acknowledged,
  alarms,
  applied,
  given,
  model,
  RETIRED,
  running,
  signal,
  STATE,
  T0,
  TEMPERATURE,
} from './engine.fixture.js';
import { alarmState } from './index.js';

const hot = () => running().samples(1, ['temperature', 85]);

describe('an alarm', () => {
  it('is concluded with all that a reader needs', () => {
    expect(hot().emitted).toEqual([
      {
        type: 'AlarmStateChanged',
        data: {
          alarm: 'temperature/high',
          signal: 'temperature',
          level: 'high',
          priority: 'medium',
          limit: 80,
          from: 'normal',
          to: 'unacknowledged',
          value: 85,
        },
        time: T0 + 1,
      },
    ]);
  });
  it('is raised for each limit that a value jumps', () => {
    expect(alarms(running().samples(1, ['temperature', 95]).emitted)).toEqual([
      'temperature/high: normal>unacknowledged',
      'temperature/high-high: normal>unacknowledged',
    ]);
  });
  it('is not changed by a sample of bad quality', () => {
    expect(hot().samples(2, ['temperature', 20, { status: BAD }]).emitted).toEqual([]);
    expect(running().samples(1, ['temperature', 85, { status: BAD }]).emitted).toEqual([]);
  });
  it('follows every crossing within one batch', () => {
    expect(alarms(hot().samples(2, ['temperature', 20], ['temperature', 85]).emitted)).toEqual([
      'temperature/high: unacknowledged>returned-unacknowledged',
      'temperature/high: returned-unacknowledged>unacknowledged',
    ]);
  });
  it('holds for any signal with limits, whatever its role', () => {
    const counted = model({ signals: [signal('scrap-count', { role: 'scrap-count', alarms: { high: 10 } })] });
    expect(alarms(given(counted).samples(1, ['scrap-count', 11]).emitted)).toHaveLength(1);
  });
  it('may be of a signal called like a property of every object', () => {
    const odd = given(model({ signals: [signal('constructor', { alarms: { high: 1 } })] })).samples(1, [
      'constructor',
      2,
    ]);
    expect(alarms(odd.emitted)).toEqual(['constructor/high: normal>unacknowledged']);
    expect(alarmState(odd.record, 'constructor/high')).toBe('unacknowledged');
  });
});

describe('acknowledging an alarm', () => {
  it('is concluded with who did it, and why', () => {
    const { emitted, record } = hot().at(2, acknowledged('temperature/high', 'fan replaced'));
    expect(emitted[0]!.data).toEqual({
      alarm: 'temperature/high',
      signal: 'temperature',
      level: 'high',
      priority: 'medium',
      limit: 80,
      from: 'unacknowledged',
      to: 'acknowledged',
      by: 'kim',
      note: 'fan replaced',
    });
    expect(alarmState(record, 'temperature/high')).toBe('acknowledged');
  });
  it('ends one that has returned', () => {
    const { emitted, record } = hot().samples(2, ['temperature', 20]).at(3, acknowledged('temperature/high'));
    expect(alarms(emitted)).toEqual(['temperature/high: returned-unacknowledged>normal']);
    expect(record.alarms).toEqual({});
  });
  it.each(['temperature/high-high', 'temperature/low', 'humidity/high', 'nonsense', ''])(
    'named "%s" changes nothing when there is none to acknowledge',
    (alarm) => expect(hot().at(2, acknowledged(alarm)).emitted).toEqual([]),
  );
  it('twice changes nothing the second time', () => {
    const once = hot().at(2, acknowledged('temperature/high'));
    expect(once.at(3, acknowledged('temperature/high')).emitted).toEqual([]);
  });
});

describe('the state of an alarm', () => {
  it.each([
    ['temperature/high', 'unacknowledged'],
    ['temperature/high-high', 'normal'],
    ['temperature/low', undefined],
    ['humidity/high', undefined],
    ['temperature', undefined],
  ])('%s is %s', (alarm, state) => expect(alarmState(hot().record, alarm)).toBe(state));
});

describe('a new model', () => {
  const limited = (limits: typeof TEMPERATURE.alarms) =>
    applied(model({ signals: [STATE, signal('temperature', limits && { alarms: limits })] }));

  it('raises an alarm for the value that is now beyond its limit', () => {
    const { emitted } = running()
      .samples(1, ['temperature', 75])
      .at(2, limited({ high: 70 }));
    expect(emitted).toMatchObject([{ data: { alarm: 'temperature/high', limit: 70, value: 75 }, time: T0 + 2 }]);
  });
  it('returns an alarm whose limit is now further away', () => {
    expect(alarms(hot().at(2, limited({ high: 90 })).emitted)).toEqual([
      'temperature/high: unacknowledged>returned-unacknowledged',
    ]);
  });
  it('ends an alarm whose limit is gone', () => {
    const { emitted, record } = hot().at(2, limited(undefined));
    expect(emitted).toMatchObject([{ data: { from: 'unacknowledged', to: 'normal', note: 'limit removed' } }]);
    expect([record.alarms, alarmState(record, 'temperature/high')]).toEqual([{}, undefined]);
  });
  it('ends the alarms of a signal that is gone', () => {
    const { emitted, record } = hot().at(2, applied(model({ signals: [STATE] })));
    expect(alarms(emitted)).toEqual(['temperature/high: unacknowledged>normal']);
    expect(record.signals).not.toHaveProperty('temperature');
  });
  it('keeps an alarm while the latest value cannot be trusted', () => {
    const blind = hot().samples(2, ['temperature', 20, { status: BAD }]);
    expect(blind.at(3, limited({ high: 90 })).emitted).toEqual([]);
  });
  it('with the same limits changes nothing', () => expect(hot().at(2, applied()).emitted).toEqual([]));
});

it('retiring an asset ends its alarms', () => {
  const { emitted, record } = hot().at(2, RETIRED);
  expect(emitted[0]).toMatchObject({ data: { alarm: 'temperature/high', to: 'normal', note: 'asset retired' } });
  expect(record.alarms).toEqual({});
});
