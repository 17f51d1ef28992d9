import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, run, SECOND, station, statesOf } from './demo-line.fixture.js';
import { LineModel } from './line-model.js';
import type { LineEvent, LineSpec } from './line-spec.js';

const duration = fc.integer({ min: 500, max: 30_000 });
const anyStation = fc
  .record({
    mean: duration,
    sd: fc.option(fc.integer({ min: 1, max: 5_000 }), { nil: undefined }),
    buffer: fc.integer({ min: 0, max: 3 }),
    parallel: fc.integer({ min: 1, max: 4 }),
    meanTimeToFailure: fc.option(fc.integer({ min: 5_000, max: 600_000 }), { nil: undefined }),
    scrapRate: fc.constantFrom(0, 0.1),
    inspects: fc.boolean(),
  })
  .map(({ mean, sd, meanTimeToFailure, ...rest }) => ({
    ...rest,
    cycleTime: { mean, ...(sd !== undefined && { sd }) },
    ...(meanTimeToFailure !== undefined && { meanTimeToFailure, meanTimeToRepair: 20_000 }),
  }));
const anyLine: fc.Arbitrary<LineSpec> = fc
  .record({ seed: fc.integer(), stations: fc.array(anyStation, { minLength: 1, maxLength: 6 }) })
  .map(({ seed, stations }) => ({ seed, stations: stations.map((s, i) => station(`s${i}`, 1, s)) }));

describe('any line', () => {
  test('has the same history for the same seed, however it is stepped', () => {
    fc.assert(
      fc.property(anyLine, fc.array(fc.integer({ min: 1, max: 60_000 }), { maxLength: 20 }), (spec, steps) => {
        const whole = run(spec, 10 * MINUTE).events;
        const stepped: LineEvent[] = [];
        const model = new LineModel(spec);
        let until = 0;
        for (const step of steps)
          model.advanceTo((until = Math.min(10 * MINUTE, until + step)), (e) => stepped.push(e));
        model.advanceTo(10 * MINUTE, (e) => stepped.push(e));
        expect(stepped).toEqual(whole);
      }),
    );
  });

  test('loses no part, makes none, lets none overtake, and never overfills a buffer or a station', () => {
    fc.assert(
      fc.property(anyLine, (spec) => {
        const model = new LineModel(spec);
        const lastPart = spec.stations.map(() => 0);
        for (let t = 0; t <= 20 * MINUTE; t += 7 * SECOND) {
          model.advanceTo(t, (event) => {
            if (event.kind !== 'part') return;
            expect(event.part).toBeGreaterThan(lastPart[event.station]!);
            lastPart[event.station] = event.part;
          });
          expect(model.left + model.inside).toBe(model.loaded);
          spec.stations.forEach(({ buffer, parallel }, i) => {
            expect(model.stations[i]!.waiting.length).toBeLessThanOrEqual(buffer);
            expect(model.stations[i]!.holding).toBeLessThanOrEqual(parallel);
          });
        }
        expect(model.left).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  test('never says the same state twice in a row, and its times never go back', () => {
    fc.assert(
      fc.property(anyLine, (spec) => {
        const { events } = run(spec, 20 * MINUTE);
        expect(events.map((e) => e.time)).toEqual(events.map((e) => e.time).sort((a, b) => a - b));
        spec.stations.forEach((_, i) => {
          const states = statesOf(events, i);
          expect(states.filter((state, at) => state === states[at - 1])).toEqual([]);
        });
      }),
    );
  });
});

describe('buffers', () => {
  test('a slow station blocks the one before it and starves the one behind it', () => {
    const slow = { seed: 1, stations: [station('a', 5 * SECOND), station('b', 10 * SECOND), station('c', 5 * SECOND)] };
    const { events, model } = run(slow, 10 * MINUTE);
    expect(statesOf(events, 0).slice(0, 3)).toEqual(['running', 'blocked', 'running']);
    expect(statesOf(events, 1)).toEqual(['running']);
    expect(statesOf(events, 2).slice(0, 3)).toEqual(['running', 'starved', 'running']);
    expect(model.stations[2]!.good).toBe(59);
  });

  test('a station is blocked only when its buffer is full: a finished part waits on it (blocking after service)', () => {
    const { events } = run(
      { seed: 1, stations: [station('a', 1 * SECOND, { buffer: 3 }), station('b', HOUR)] },
      MINUTE,
    );
    // One part goes through to b, three fill the buffer, the fifth stays on a.
    expect(events.filter((e) => e.kind === 'part' && e.station === 0)).toHaveLength(5);
    expect(events.at(-1)).toMatchObject({ kind: 'state', station: 0, state: 'blocked', time: 5 * SECOND });
  });

  test('without a buffer a part is handed over when the next station has a place', () => {
    const stations = [station('a', 1 * SECOND, { buffer: 0 }), station('b', 3 * SECOND)];
    const { events, model } = run({ seed: 1, stations }, 10 * SECOND);
    expect(model.stations[0]!.waiting).toEqual([]);
    expect(events.filter((e) => e.kind === 'part').map((e) => [e.time / SECOND, e.station, e.part])).toEqual([
      [1, 0, 1],
      [2, 0, 2],
      [4, 1, 1],
      [5, 0, 3],
      [7, 1, 2],
      [8, 0, 4],
      [10, 1, 3],
    ]);
  });
});

describe('failures', () => {
  test('stop the work, which goes on where it stopped', () => {
    const failing = station('a', 100 * SECOND, { meanTimeToFailure: 60 * SECOND, meanTimeToRepair: 30 * SECOND });
    const { events } = run({ seed: 3, stations: [failing] }, 10 * MINUTE);
    let downSince: number | undefined;
    let down = 0;
    const worked: number[] = [];
    let partStart = 0;
    for (const event of events) {
      if (event.kind === 'state' && event.state === 'down') downSince = event.time;
      else if (event.kind === 'state' && downSince !== undefined) {
        down += event.time - downSince;
        downSince = undefined;
      } else if (event.kind === 'part') {
        worked.push(event.time - partStart - down);
        [partStart, down] = [event.time, 0];
      }
    }
    expect(statesOf(events, 0)).toContain('down');
    expect(worked.length).toBeGreaterThan(2);
    for (const ms of worked) expect(ms).toBeCloseTo(100 * SECOND, 3);
  });

  test('come with running time only, at the mean rate', () => {
    const busy = station('a', 10 * SECOND, { buffer: 1, meanTimeToFailure: 5 * MINUTE, meanTimeToRepair: MINUTE });
    const { events, model } = run({ seed: 7, stations: [busy, station('b', 20 * SECOND)] }, 200 * HOUR);
    const failures = statesOf(events, 0).filter((s) => s === 'down').length;
    const runningMs = model.stations[0]!.good * 10 * SECOND;
    expect(runningMs / failures / MINUTE).toBeGreaterThan(4.5);
    expect(runningMs / failures / MINUTE).toBeLessThan(5.5);
  });
});

test('cycle times are lognormal with the given mean and deviation', () => {
  const { events } = run(
    { seed: 5, stations: [station('a', 1, { cycleTime: { mean: 8 * SECOND, sd: 2 * SECOND } })] },
    50 * HOUR,
  );
  const ends = events.filter((e) => e.kind === 'part').map((e) => e.time);
  const cycles = ends.map((t, i) => t - (ends[i - 1] ?? 0));
  const mean = cycles.reduce((a, b) => a + b) / cycles.length;
  const sd = Math.sqrt(cycles.reduce((a, b) => a + (b - mean) ** 2, 0) / cycles.length);
  expect(mean / SECOND).toBeCloseTo(8, 1);
  expect(sd / SECOND).toBeCloseTo(2, 1);
});
