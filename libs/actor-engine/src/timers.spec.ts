import { describe, expect, it } from 'vitest';
import type { LogicalTimer } from './index.js';
import { lost, running, states, T0, TIME_ADVANCED } from './engine.fixture.js';
import { FOREVER, nextTimer } from './timers.js';

const timer = (id: string, deadline: number, sequence: number): LogicalTimer => ({
  id,
  deadline,
  sequence,
  eventType: id,
});

describe('the next timer', () => {
  it('is the one with the earliest deadline', () => {
    expect(nextTimer([timer('a', 20, 0), timer('b', 10, 1), timer('c', 30, 2)])?.id).toBe('b');
  });
  it('of several with one deadline is the one set first', () => {
    expect(nextTimer([timer('a', 10, 7), timer('b', 10, 3), timer('c', 10, 5)])?.id).toBe('b');
  });
  it('is none where all wait for ever', () => expect(nextTimer([timer('a', FOREVER, 0)])).toBeUndefined());
});

describe('a timer', () => {
  it('fires before an event that comes later, at its deadline', () => {
    const { emitted } = running().samples(45_000, ['state', 4]);
    expect(emitted.map(({ time }) => time - T0)).toEqual([30_000, 45_000]);
    expect(states(emitted)).toEqual(['running>offline: silent for 30 s', 'offline>down: device state']);
  });
  it('fires before an event at its very deadline', () => {
    expect(states(running().samples(30_000, ['state', 4]).emitted)).toHaveLength(2);
  });
  it('does not fire before its deadline', () => {
    expect(running().at(29_999, TIME_ADVANCED).emitted).toEqual([]);
  });
  it('fires once', () => {
    expect(running().at(30_000, TIME_ADVANCED).at(90_000, TIME_ADVANCED).emitted).toEqual([]);
  });
  it('that was cancelled does not fire', () => {
    expect(running().at(1, lost()).at(90_000, TIME_ADVANCED).emitted).toEqual([]);
  });
});

describe('the clock', () => {
  it('never goes back: an event from the past is folded at the clock', () => {
    const { record, emitted } = running().at(20_000, TIME_ADVANCED).samples(5_000, ['state', 4]);
    expect(record.clock).toBe(T0 + 20_000);
    expect(emitted[0]!.time).toBe(T0 + 20_000);
    expect(record.timers[0]!.deadline).toBe(T0 + 50_000);
  });
  it('leaves the source times of such an event alone', () => {
    const { record } = running().at(20_000, TIME_ADVANCED).samples(5_000, ['temperature', 4]);
    expect(record.signals['temperature']!.sourceTime).toBe(T0 + 5_000);
  });
});
