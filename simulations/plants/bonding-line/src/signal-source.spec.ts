import type { SignalModel } from '@millwright/events';
import { describe, expect, test } from 'vitest';
import { station as stationSpec } from './line-model/demo-line.fixture.js';
import { LineModel } from './line-model/line-model.js';
import { signalSource } from './signal-source.js';

const SIMULATED = { name: 'x', simulation: { setpoint: 12.34567, lag: 1_000, sd: 0 } };
const model = new LineModel({
  seed: 1,
  stations: [stationSpec('a', 1_000, { signals: [SIMULATED] }), stationSpec('b', 9_999_999)],
});
model.advanceTo(10_000, () => undefined);
const [blocked, running] = model.stations;

const signal = (more: Partial<SignalModel>): SignalModel => ({
  name: 'x',
  dataType: 'number',
  role: 'measurement',
  ...more,
});
const value = (more: Partial<SignalModel>, edge = {}, station = blocked!) =>
  signalSource('line/a:x', signal(more), edge)(station);

describe('operating state', () => {
  const codes = (dataType: SignalModel['dataType'], states: NonNullable<SignalModel['states']>) =>
    ({ role: 'operating-state', dataType, states }) as const;

  test('is told in the codes of the device, in its data type', () => {
    const numbers = codes('integer', { 1: 'running', 3: 'blocked', 4: 'down', 5: 'starved' });
    expect([value(numbers), value(numbers, {}, running)]).toEqual([3, 1]);
    expect(value(codes('text', { RUN: 'running', FULL: 'blocked', ERR: 'down', WAIT: 'starved' }))).toBe('FULL');
  });

  test('that the device does not know is told as the nearest one', () => {
    expect(value(codes('boolean', { true: 'running', false: 'idle' }))).toBe(false);
  });

  test('without any code for it is a mistake in the plant file', () => {
    expect(() => value(codes('integer', { 1: 'starved', 2: 'down' }))).toThrow(
      'line/a:x: "states" has no code for running, which the simulated station needs; add one',
    );
  });
});

test('counters count, before the scaling of the edge', () => {
  expect(value({ role: 'good-count', dataType: 'integer' })).toBe(blocked!.good);
  expect(value({ role: 'good-count', dataType: 'integer' }, { scale: 0.5 })).toBe(2 * blocked!.good);
});

test('a measurement is rounded, typed, and turned back through scale and offset', () => {
  expect(value({})).toBe(12.346);
  expect(value({ dataType: 'integer' })).toBe(12);
  expect(value({ dataType: 'text' })).toBe('12.346');
  expect(value({}, { scale: 0.1, offset: -40 })).toBe(523.457);
});

test('a measurement without a simulation holds the middle of its normal range', () => {
  expect(value({ name: 'other', normalRange: { low: 2, high: 6 } })).toBe(4);
  expect(value({ name: 'other', normalRange: { low: 2 } })).toBe(2);
  expect(value({ name: 'other', dataType: 'boolean' })).toBe(false);
});

test.each([
  ['text', 'pass', 'fail'],
  ['boolean', true, false],
  ['integer', 1, 0],
] as const)('a part result as %s is %s or %s', (dataType, good, scrap) => {
  const source = signalSource('line/a:x', signal({ role: 'part-result', dataType }), {});
  expect([source(blocked!, 'good'), source(blocked!, 'scrap')]).toEqual([good, scrap]);
});
