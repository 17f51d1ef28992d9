import { BAD } from '@millwright/events';
import { describe, expect, it } from 'vitest';
import {
  acknowledged,
  applied,
  batch,
  given,
  GOOD_COUNT,
  lost,
  model,
  RETIRED,
  running,
  signal,
  STATE,
  states,
  T0,
  TEMPERATURE,
  TIME_ADVANCED,
} from './engine.fixture.js';
import { nextDeadline, operatingState } from './index.js';

describe('a new model', () => {
  it('keeps the operating state, the totals and the latest samples', () => {
    const before = running().samples(0, ['good-count', 1]).samples(1, ['good-count', 3], ['temperature', 20]);
    const { record, emitted } = before.at(2, applied(model({ name: 'Station one' })));
    expect(emitted).toEqual([]);
    expect(record).toMatchObject({ model: { name: 'Station one' }, state: { context: { good: 2 } } });
    expect(record.signals).toBe(before.record.signals);
    expect(before.at(2, applied(model())).samples(3, ['good-count', 4]).record.state.context['good']).toBe(3);
  });
  it('forgets counters that it does not have', () => {
    const counted = running().samples(0, ['good-count', 10]);
    const without = counted.at(1, applied(model({ signals: [STATE] })));
    const again = without.at(2, applied()).samples(3, ['good-count', 50]);
    expect(without.record.inputs.counters).toEqual({});
    expect(again.emitted).toEqual([]);
  });
  it("reads the device's last code by its own map", () => {
    const turned = model({ signals: [{ ...STATE, states: { 1: 'maintenance' } }] });
    expect(states(running().at(1, applied(turned)).emitted)).toEqual(['running>maintenance: device state']);
  });
  it('with another map does not bring an asset online that is offline', () => {
    const turned = model({ signals: [{ ...STATE, states: { 1: 'maintenance' } }, TEMPERATURE] });
    const offline = running().at(1, lost()).at(2, applied(turned));
    expect(offline.emitted).toEqual([]);
    expect(offline.record.inputs.device).toBeUndefined();
  });
  it('starts the silence timer anew, with its own time', () => {
    const { record } = running().at(10_000, applied(model({ staleAfterMs: 5_000 })));
    expect(nextDeadline(record)).toBe(T0 + 15_000);
  });
  it('can end and begin the watch for silence', () => {
    const endless = model();
    delete (endless as { staleAfterMs?: number }).staleAfterMs;
    const watched = running().at(1, applied(endless));
    expect(nextDeadline(watched.record)).toBeUndefined();
    expect(nextDeadline(watched.at(2, applied()).record)).toBe(T0 + 30_002);
  });
});

describe('an asset that changes its type', () => {
  const zone = signal('zone-1', { unit: 'Cel', normalRange: { low: 150, high: 170 } });
  const oven = model({ type: 'oven', signals: [STATE, GOOD_COUNT, zone] });
  const station = running(model({ signals: [STATE, GOOD_COUNT, zone] })).samples(0, ['good-count', 1]);

  it("is driven by the other machine, from the device's last report", () => {
    const { record } = station.samples(1, ['zone-1', 20]).at(2, applied(oven));
    expect([record.machine, operatingState(record)]).toEqual(['oven', 'setup']);
    expect(record.definitionHash).not.toBe(station.record.definitionHash);
  });
  it('tells that machine which signals are in range', () => {
    const { record } = station.samples(1, ['zone-1', 160]).at(2, applied(oven));
    expect(operatingState(record)).toBe('running');
  });
  it('keeps its totals', () => {
    const { record } = station.samples(1, ['good-count', 5]).at(2, applied(oven));
    expect(record.state.context).toMatchObject({ good: 4, completedAt: T0 + 1 });
  });
  it('is offline while that report cannot be trusted, and waits for nothing', () => {
    const { record } = station.samples(1, ['state', 1, { status: BAD }]).at(2, applied(oven));
    expect([operatingState(record), record.timers]).toEqual(['offline', []]);
  });
  it('keeps one silence timer', () => {
    expect(station.at(2, applied(oven)).record.timers).toMatchObject([{ deadline: T0 + 30_002 }]);
  });
});

describe('an oven', () => {
  const zones = ['zone-1', 'zone-2'].map((name) => signal(name, { unit: 'Cel', normalRange: { low: 150, high: 170 } }));
  const oven = model({ type: 'oven', signals: [STATE, ...zones] });

  it('heats up until its zones are in their normal range, by the samples', () => {
    const heating = given(oven).samples(1, ['state', 1], ['zone-1', 160], ['zone-2', 20]);
    expect(states(heating.emitted)).toEqual(['offline>setup: heating up: zone-1, zone-2']);
    expect(states(heating.samples(2, ['zone-2', 150]).emitted)).toEqual(['setup>running: at temperature']);
  });
  it('is told again, after a new model, of zones that are in range', () => {
    const unnamed = { ...oven, signals: [STATE, { ...zones[0]!, unit: 'm' }, zones[1]!] };
    const warm = given(oven).samples(1, ['zone-1', 160], ['zone-2', 160]).at(2, applied(unnamed)).at(3, applied(oven));
    expect(states(warm.samples(4, ['state', 1]).emitted)).toEqual(['offline>running: device state']);
  });
  it('runs at once when a new model widens the range', () => {
    const wide = { ...oven, signals: [STATE, zones[0]!, { ...zones[1]!, normalRange: { low: 10 } }] };
    const heating = given(oven).samples(1, ['state', 1], ['zone-1', 160], ['zone-2', 20]);
    expect(states(heating.at(2, applied(wide)).emitted)).toEqual(['setup>running: at temperature']);
  });
});

describe('a retired asset', () => {
  const retired = () => running().at(1, RETIRED);
  it('is offline, waits for nothing, and says so', () => {
    const { emitted, record } = retired();
    expect(states(emitted)).toEqual(['running>offline: no longer in the plant file']);
    expect([record.state.context['retired'], nextDeadline(record)]).toEqual([true, undefined]);
  });
  it.each([
    [
      'samples',
      batch(2, [
        ['state', 1],
        ['temperature', 99],
      ]),
    ],
    ['a lost connection', lost()],
    ['an acknowledgement', acknowledged('temperature/high')],
    ['time', TIME_ADVANCED],
    ['being retired again', RETIRED],
  ])('does not change with %s', (_, fact) => {
    const before = retired();
    const { record, emitted } = before.at(2, fact);
    expect(emitted).toEqual([]);
    expect(record).toEqual({ ...before.record, clock: T0 + 2, events: before.record.events + 1 });
  });
  it('is there again with a model, once it is heard', () => {
    const back = retired().at(2, applied());
    expect(back.record.state.context['retired']).toBe(false);
    expect(states(back.emitted)).toEqual(['offline>offline: model applied']);
    expect(back.samples(3, ['temperature', 20]).emitted).toEqual([]);
    expect(states(back.samples(3, ['state', 1]).emitted)).toEqual(['offline>running: device state']);
  });
});
