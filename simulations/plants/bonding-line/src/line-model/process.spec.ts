import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, run, SECOND, station } from './demo-line.fixture.js';
import { AMBIENT_CEL, heat, strengthShare, type Thermal } from './cure.js';
import type { LineSpec, SignalSpec } from './line-spec.js';
import { LineModel } from './line-model.js';

const bake = (airCel: number, seconds: number): Thermal => {
  let part: Thermal = { temperatureCel: AMBIENT_CEL, cure: 0 };
  for (let s = 0; s < seconds; s++) part = heat(part, airCel, 1);
  return part;
};

describe('cure', () => {
  test('hotter and longer both cure more, never beyond full', () => {
    const byTemperature = [60, 100, 130, 150, 200].map((cel) => bake(cel, 120).cure);
    const byTime = [10, 60, 120, 600, 36_000].map((s) => bake(140, s).cure);
    for (const cures of [byTemperature, byTime]) {
      expect(cures).toEqual([...cures].sort((a, b) => a - b));
      expect(new Set(cures).size).toBe(cures.length);
      expect(cures.at(-1)).toBeLessThanOrEqual(1);
    }
    expect(bake(AMBIENT_CEL, 120).cure).toBeLessThan(0.002);
  });

  test('starts slowly and speeds up by itself: autocatalysis', () => {
    const steps = [30, 60, 90].map((s) => bake(130, s).cure);
    expect(steps[1]! - steps[0]!).toBeGreaterThan(2 * steps[0]!);
  });

  test('a bond carries nothing before the gel point and all when cured', () => {
    expect([0, 0.5, 0.75, 1].map(strengthShare)).toEqual([0, 0, 0.5, 1]);
  });
});

const zone = (setpoint: number, more = {}): SignalSpec => ({
  name: `zone-${setpoint}`,
  simulation: { setpoint, lag: 60 * SECOND, sd: 0.5, ...more },
});
const oven = (zones: SignalSpec[]): LineSpec => ({
  seed: 11,
  stations: [
    station('loader', 12 * SECOND),
    station('oven', 120 * SECOND, {
      parallel: 12,
      cures: true,
      signals: [...zones, { name: 'part', simulation: { output: 'part-temperature', sd: 0 } }],
    }),
    station('test', 7 * SECOND, {
      inspects: true,
      signals: [
        {
          name: 'strength',
          simulation: { output: 'bond-strength', nominal: 560, sd: 10 },
          quality: { characteristic: 'strength', lower: 440 },
        },
      ],
    }),
  ],
});
const scrapShare = (spec: LineSpec): number => {
  const inspection = run(spec, 10 * HOUR).model.stations[2]!;
  return inspection.scrap / (inspection.good + inspection.scrap);
};

describe('oven and inspection', () => {
  test('scrap depends on the cure: a zone that is too cold spoils parts', () => {
    expect(scrapShare(oven([zone(95), zone(135), zone(150), zone(120)]))).toBeLessThan(0.01);
    expect(scrapShare(oven([zone(95), zone(135), zone(122), zone(119)]))).toBeGreaterThan(0.9);
  });

  test('parts leave near the temperature of the last zone, having been warmer', () => {
    const { model } = run(oven([zone(95), zone(135), zone(150), zone(120)]), HOUR);
    expect(model.stations[1]!.signals.get('part')!.value).toBeGreaterThan(118);
    expect(model.stations[1]!.signals.get('part')!.value).toBeLessThan(130);
  });

  test('a spoiled part fails the inspection and leaves the line as scrap', () => {
    const spec = oven([zone(95), zone(135), zone(150), zone(120)]);
    const spoiling = { ...spec, stations: [{ ...spec.stations[0]!, scrapRate: 0.2 }, ...spec.stations.slice(1)] };
    expect(scrapShare(spoiling)).toBeGreaterThan(0.15);
    expect(scrapShare(spoiling)).toBeLessThan(0.25);
  });
});

/** Values of one signal of a single station, each process step. */
const record = (signal: SignalSpec, minutes: number, stationMore = {}): { value: number; state: string }[] => {
  const model = new LineModel({
    seed: 4,
    stations: [station('a', 10 * SECOND, { signals: [signal], ...stationMore })],
  });
  return Array.from({ length: minutes * 60 }, (_, s) => {
    model.advanceTo(s * SECOND, () => undefined);
    const [a] = model.stations;
    return { value: a!.signals.get(signal.name)!.value, state: a!.state };
  });
};

describe('signals', () => {
  test('a zone follows its disturbance with its lag and comes back', () => {
    const disturbed = zone(100, { sd: 0, disturbance: { every: 10 * MINUTE, by: 20, lasts: 4 * MINUTE } });
    const values = record(disturbed, 120).map((r) => r.value);
    expect(Math.max(...values)).toBeGreaterThan(119);
    expect(Math.max(...values)).toBeLessThan(120);
    expect(Math.min(...values)).toBe(100);
    // e-folding: no step is larger than what the lag allows.
    const steps = values.map((v, i) => Math.abs(v - (values[i - 1] ?? v)));
    expect(Math.max(...steps)).toBeLessThanOrEqual(20 * (1 - Math.exp(-1 / 60)) + 1e-9);
  });

  test('a flow stops while the station does not run', () => {
    const flow: SignalSpec = { name: 'flow', simulation: { mean: 12, sd: 0.2, idle: 0, per: 'time' } };
    const seen = record(flow, 120, { meanTimeToFailure: 5 * MINUTE, meanTimeToRepair: MINUTE });
    const down = seen.filter((r) => r.state === 'down');
    expect(down.length).toBeGreaterThan(60);
    // Values move at process steps, the state in between.
    expect(down.filter((r) => r.value === 0).length).toBeGreaterThan(down.length * 0.9);
    expect(seen.filter((r) => r.state === 'running' && r.value > 11).length).toBeGreaterThan(3_000);
  });

  test('a value per part changes with parts only', () => {
    const bead: SignalSpec = { name: 'bead', simulation: { mean: 3, sd: 0.1, per: 'part' } };
    const values = record(bead, 10).map((r) => r.value);
    expect(new Set(values).size).toBe(60);
  });

  test('a level falls with each part and is filled up again', () => {
    const level: SignalSpec = { name: 'level', simulation: { full: 100, perPart: 2, refillAt: 10, start: 30 } };
    const values = record(level, 30).map((r) => r.value);
    expect(values[0]).toBe(30);
    expect(Math.min(...values)).toBe(10);
    expect(values.filter((v, i) => v > (values[i - 1] ?? v))).toEqual([100, 100, 100, 100]);
  });
});
