import { describe, expect, it } from 'vitest';
import { GOOD_COUNT, model, signal, STATE } from './engine.fixture.js';
import { applyOverrides, type ModelOverrides } from './index.js';

const TEMPERATURE = signal('temperature', {
  normalRange: { low: 20, high: 60 },
  alarms: { low: 10, high: 80, deadband: 2, priority: 'high' },
});
const MODEL = model({ idealCycleTimeMs: 8_000, signals: [STATE, GOOD_COUNT, TEMPERATURE, signal('bare')] });

const applied = (overrides: ModelOverrides) => {
  const result = applyOverrides(MODEL, overrides);
  if (!result.ok) throw new Error(result.reason);
  return result.model;
};
const signalOf = (overrides: NonNullable<ModelOverrides['signals']>[string], name = 'temperature') =>
  applied({ signals: { [name]: overrides } }).signals.find((s) => s.name === name)!;

describe('overrides', () => {
  it('that are empty keep everything', () => expect(applied({})).toEqual(MODEL));
  it('change what they name and keep the rest', () => {
    expect(signalOf({ alarms: { high: 70, highHigh: 75 } }).alarms).toEqual({
      low: 10,
      high: 70,
      highHigh: 75,
      deadband: 2,
      priority: 'high',
    });
    expect(signalOf({ normalRange: { high: 50 } }).normalRange).toEqual({ low: 20, high: 50 });
    expect(applied({ staleAfterMs: 5 })).toEqual({ ...MODEL, staleAfterMs: 5 });
  });
  it('of null remove', () => {
    expect(signalOf({ alarms: { low: null } }).alarms).toEqual({ high: 80, deadband: 2, priority: 'high' });
    expect(applied({ idealCycleTimeMs: null, staleAfterMs: null })).not.toHaveProperty('staleAfterMs');
    expect(applied({ idealCycleTimeMs: null })).not.toHaveProperty('idealCycleTimeMs');
  });
  it('that remove the last limit remove the alarms, and likewise the range', () => {
    expect(signalOf({ alarms: { low: null, high: null } })).not.toHaveProperty('alarms');
    expect(signalOf({ normalRange: { low: null, high: null } })).not.toHaveProperty('normalRange');
  });
  it('give limits to a signal that has none', () => {
    expect(signalOf({ alarms: { high: 5 }, normalRange: { low: 1 } }, 'bare')).toMatchObject({
      alarms: { high: 5 },
      normalRange: { low: 1 },
    });
  });
  it('never touch the model that they are applied to', () => {
    const before = structuredClone(MODEL);
    applied({ staleAfterMs: 1, signals: { temperature: { alarms: { high: null }, normalRange: { low: 0 } } } });
    expect(MODEL).toEqual(before);
  });
  it('share the signals that they do not name', () => {
    expect(applied({ signals: { temperature: { alarms: { high: 70 } } } }).signals[0]).toBe(MODEL.signals[0]);
  });
});

describe('overrides are refused, with a sentence, when', () => {
  const temperature = (overrides: object): ModelOverrides => ({ signals: { temperature: overrides } });
  it.each<[string, ModelOverrides, string]>([
    [
      'a signal is unknown',
      { signals: { humidity: {} } },
      'has no signal "humidity"; its signals: state, good-count, temperature, bare',
    ],
    ['one is called like a property of every object', { signals: { constructor: {} } }, 'has no signal "constructor"'],
    [
      'limits cross',
      temperature({ alarms: { high: 5 } }),
      'signal "temperature": alarm limits: high 5 lies below low 10; expected lowLow <= low <= high <= highHigh',
    ],
    [
      'a range is upside down',
      temperature({ normalRange: { low: 70 } }),
      'normal range: high 60 lies below low 70; expected low <= high',
    ],
    ['a deadband is negative', temperature({ alarms: { deadband: -1 } }), 'deadband is -1; expected 0 or more'],
    ['a number is none', temperature({ alarms: { high: Number.NaN } }), 'high is NaN; expected a finite number'],
    [
      'a range has no end',
      temperature({ normalRange: { high: Infinity } }),
      'high is Infinity; expected a finite number',
    ],
    ['a time is not above 0', { staleAfterMs: 0 }, 'staleAfterMs is 0; expected milliseconds above 0'],
    [
      'a signal holds no numbers',
      { signals: { state: { alarms: { high: 1 } } } },
      'signal "state": it holds text, and only numbers have a range or alarm limits',
    ],
  ])('%s', (_, overrides, reason) => {
    const text = model({
      signals: MODEL.signals.map((s) => (s.name === 'state' ? { ...s, dataType: 'text' as const } : s)),
    });
    const result = applyOverrides(text, overrides);
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.reason).toContain(reason);
  });
});
