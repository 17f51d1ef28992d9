import { BAD, GOOD } from '@millwright/events';
import { describe, expect, it } from 'vitest';
import { model, running, signal, T0, given } from './engine.fixture.js';
import { LATE_WITHIN_MS, operatingState } from './index.js';

describe('the latest sample of a signal', () => {
  it('is the one with the latest source time, in whatever order they came', () => {
    const { record } = running().samples(100, ['temperature', 2, { ago: 1 }], ['temperature', 1, { ago: 5 }]);
    expect(record.signals['temperature']).toEqual({
      signal: 'temperature',
      value: 2,
      status: GOOD,
      sourceTime: T0 + 99,
    });
  });
  it('of two with the same source time is the one that came later', () => {
    const first = running().samples(100, ['temperature', 1], ['temperature', 2]);
    expect(first.record.signals['temperature']!.value).toBe(2);
    expect(first.samples(200, ['temperature', 3, { ago: 100 }]).record.signals['temperature']!.value).toBe(3);
  });
  it('may be of bad quality', () => {
    const { record } = running().samples(100, ['temperature', 1, { status: BAD }]);
    expect(record.signals['temperature']).toMatchObject({ value: 1, status: BAD });
  });
  it("keeps the server's time", () => {
    const { record } = running().samples(100, ['temperature', 1, { serverTime: T0 + 98 }]);
    expect(record.signals['temperature']!.serverTime).toBe(T0 + 98);
  });
  it('is kept for signals of the model only', () => {
    expect(running().samples(1, ['humidity', 1]).record.signals).not.toHaveProperty('humidity');
  });
  it('may be called like a property of every object', () => {
    const odd = given(model({ signals: [signal('constructor')] })).samples(1, ['constructor', 4]);
    expect(odd.record.signals).toEqual({ constructor: expect.objectContaining({ value: 4 }) });
  });
});

describe('a late sample', () => {
  const down = (sampleAgo: number, knownAgo: number) =>
    running()
      .samples(100_000, ['state', 1, { ago: knownAgo }])
      .samples(100_000, ['state', 4, { ago: sampleAgo }]);

  it('does not move the machine: it is history', () => {
    expect(operatingState(down(10, 0).record)).toBe('running');
    expect(operatingState(down(3_600_000, 0).record)).toBe('running');
  });
  it('does not raise an alarm either', () => {
    const hot = running()
      .samples(1_000, ['temperature', 20])
      .samples(2_000, ['temperature', 99, { ago: 1_500 }]);
    expect(hot.emitted).toEqual([]);
  });
  it('is late within one batch, too', () => {
    expect(running().samples(9, ['state', 1], ['state', 4, { ago: 5 }]).emitted).toEqual([]);
  });
  it('is not late when it is as old as the newest', () => expect(operatingState(down(7, 7).record)).toBe('down'));
  it('counts all the same when the newest one lies in the future of the gateway', () => {
    expect(operatingState(down(0, -1_000).record)).toBe('down');
  });
  it("counts all the same when the newest one is old: the device's clock was set back", () => {
    expect(operatingState(down(LATE_WITHIN_MS + 1, LATE_WITHIN_MS).record)).toBe('running');
    expect(operatingState(down(LATE_WITHIN_MS + 2, LATE_WITHIN_MS + 1).record)).toBe('down');
  });
});

describe('what did not change', () => {
  it('after a batch without edges is all but the latest samples and the silence timer', () => {
    const story = running().samples(1, ['temperature', 95], ['good-count', 1]);
    const { record } = story.samples(2, ['temperature', 95]);
    for (const part of ['model', 'state', 'alarms', 'inputs'] as const) expect(record[part]).toBe(story.record[part]);
    expect(record.signals['good-count']).toBe(story.record.signals['good-count']);
    expect(record.signals['temperature']).not.toBe(story.record.signals['temperature']);
  });
  it('after an event that changes nothing is all but clock and count', () => {
    const story = running();
    const { record } = story.at(5, { type: 'TimeAdvanced', data: {} });
    expect(record).toEqual({ ...story.record, clock: T0 + 5, events: story.record.events + 1 });
    for (const part of ['model', 'state', 'signals', 'alarms', 'inputs', 'timers'] as const) {
      expect(record[part]).toBe(story.record[part]);
    }
  });
});
