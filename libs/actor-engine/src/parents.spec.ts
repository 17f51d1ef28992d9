import type { OperatingState } from '@millwright/events';
import { describe, expect, it } from 'vitest';
import { applied, given, model, RETIRED, states, T0 } from './engine.fixture.js';
import { operatingState } from './index.js';

const LINE = model({
  asset: 'acme/line',
  kind: 'line',
  type: 'line',
  parent: 'acme',
  children: ['acme/line/s1', 'acme/line/s2'],
  signals: [],
});
const S1 = 'acme/line/s1';
const S2 = 'acme/line/s2';

const became = (to: OperatingState) =>
  ({ type: 'OperatingStateChanged', data: { from: 'offline', to, reason: 'device state' } }) as const;
const completed = (parts = 1) =>
  ({ type: 'CycleCompleted', data: { result: 'good', parts, goodTotal: 99, scrapTotal: 0 } }) as const;

describe('a line', () => {
  it('folds what its stations concluded', () => {
    const line = given(LINE).at(1, became('running'), S1);
    expect(states(line.emitted)).toEqual(['offline>running: a part of it is running']);
    expect(states(line.at(2, became('down'), S2).emitted)).toEqual([]);
    const stopped = line.at(2, became('down'), S2).at(3, became('blocked'), S1);
    expect(states(stopped.emitted)).toEqual(['running>down: s2 is down and nothing runs']);
    expect(stopped.emitted[0]!.time).toBe(T0 + 3);
  });
  it('counts the parts of its last station, on its own clock', () => {
    const line = given(LINE).at(1_000, completed(), S2).at(5_000, completed(2), S2);
    expect(line.emitted).toEqual([
      {
        type: 'CycleCompleted',
        data: { result: 'good', parts: 2, cycleTimeMs: 2_000, goodTotal: 3, scrapTotal: 0 },
        time: T0 + 5_000,
      },
    ]);
    expect(line.at(6_000, completed(), S1).emitted).toEqual([]);
  });
  it('folds a conclusion from the past at its clock: stations are not in step', () => {
    const line = given(LINE).at(5_000, completed(), S2).at(4_000, became('running'), S1);
    expect(line.emitted[0]!.time).toBe(T0 + 5_000);
  });
  it('leaves their alarms to them', () => {
    const raised = { type: 'AlarmStateChanged', data: { alarm: 'a/high', to: 'unacknowledged' } } as never;
    expect(given(LINE).at(1, raised, S1).emitted).toEqual([]);
  });
  it('follows a new model: a station that is gone has no say', () => {
    const line = given(LINE).at(1, became('running'), S1).at(2, became('starved'), S2);
    const shorter = line.at(3, applied({ ...LINE, children: [S2] }));
    expect(states(shorter.emitted)).toEqual(['running>starved: starved and nothing runs']);
  });
  it('when it is retired takes no conclusion any more', () => {
    const retired = given(LINE).at(1, became('running'), S1).at(2, RETIRED);
    expect(operatingState(retired.record)).toBe('offline');
    expect(retired.at(3, became('down'), S2).emitted).toEqual([]);
  });
  it('has no timers', () => expect(given(LINE).at(1, became('running'), S1).record.timers).toEqual([]));
});

it('a group follows its lines and counts nothing', () => {
  const area = given({ ...LINE, asset: 'acme', kind: 'area', type: 'group', children: ['acme/line'] });
  expect(states(area.at(1, became('running'), 'acme/line').emitted)).toHaveLength(1);
  expect(area.at(1, completed(), 'acme/line').emitted).toEqual([]);
});
