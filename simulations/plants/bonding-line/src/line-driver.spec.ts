import type { SampleValue, SignalRole } from '@millwright/events';
import { expect, test } from 'vitest';
import { station } from './line-model/demo-line.fixture.js';
import { LineDriver } from './line-driver.js';
import type { LinePoint } from './simulated-line.js';

const START = Date.parse('2026-03-01T12:00:00Z');
const SPEC = { seed: 1, stations: [station('a', 8_000), station('b', 10_000)] };

const point = (
  signal: string,
  role: SignalRole,
  index: number,
  source: LinePoint['source'],
  intervalMs = 1_000,
): LinePoint => ({
  signal,
  role,
  station: index,
  source,
  intervalMs,
  address: signal,
  dataType: 'number',
  connection: 'c',
  perPart: role === 'part-result' || role === 'good-count',
});
const state = point('a:state', 'operating-state', 0, (s) => s.state);
const count = point('b:count', 'good-count', 1, (s) => s.good);
const result = point('b:result', 'part-result', 1, (_, outcome) => outcome ?? 'none');
const fast = point('b:fast', 'measurement', 1, () => 1, 200);

interface Told {
  readonly signal: string;
  readonly value: SampleValue;
  readonly at: number;
}

/** A driver at ten times real time, and everything it tells with its time since the start. */
const drive = (points: LinePoint[]) => {
  const told: Told[] = [];
  const driver = new LineDriver(
    SPEC,
    points,
    10,
    (writes, time) => told.push(...writes.map((w) => ({ signal: w.point.signal, value: w.value, at: time - START }))),
    START,
  );
  const run = (fromMs: number, toMs: number, stepMs: number): void => {
    for (let t = fromMs; t <= toMs; t += stepMs) driver.tick(START + t);
  };
  return { driver, told, run };
};

test('each part is told once, at its own time, ten times as fast as the plant works', () => {
  const { told, run, driver } = drive([result]);
  const before = driver.model.stations[1]!.good;
  run(0, 10_000, 50);
  expect(told.map((t) => t.value)).toEqual(Array.from({ length: 10 }, () => 'good'));
  expect(driver.model.stations[1]!.good - before).toBe(10);
  // Ten seconds of the plant lie between two parts: one second of the wall clock, whatever the ticks.
  const gaps = told.slice(1).map((t, i) => t.at - told[i]!.at);
  expect(gaps).toEqual(Array.from({ length: 9 }, () => 1_000));
});

test('the times of what is told never go back, and never lie in the future', () => {
  const { told, driver } = drive([state, count, result, fast]);
  for (let t = 0; t <= 20_000; t += 70) {
    driver.tick(START + t);
    expect(told.at(-1)?.at ?? 0).toBeLessThanOrEqual(t);
  }
  const times = told.map((t) => t.at);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(told.filter((t) => t.signal === 'a:state').length).toBeGreaterThan(20);
});

test('what is measured is told at its interval, part results never', () => {
  const { told, run } = drive([fast, count, result]);
  run(0, 10_000, 50);
  expect(told.filter((t) => t.signal === 'b:fast')).toHaveLength(51);
  expect(told.filter((t) => t.signal === 'b:count' && t.at % 1_000 === 0).length).toBeGreaterThanOrEqual(11);
  expect(told.filter((t) => t.signal === 'b:result')).toHaveLength(10);
});

test('a pause of the process is left out: the line goes on where it stood', () => {
  const { told, run, driver } = drive([result]);
  run(0, 3_000, 50);
  const parts = told.length;
  driver.tick(START + 3_600_000);
  expect(told).toHaveLength(parts);
  run(3_600_050, 3_602_000, 50);
  expect(told.length - parts).toBe(2);
});
