import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BAD, decodeSamples, encodeSamples, GOOD, sampleAt, UNCERTAIN, type Sample } from './index.js';

const T = 1_800_000_000_000;
const sample = (signal: string, value: Sample['value'], more: Partial<Sample> = {}): Sample => ({
  signal,
  value,
  status: GOOD,
  sourceTime: T,
  ...more,
});

describe('samples in columns', { timeout: 60_000 }, () => {
  it('name each signal once, in the order of arrival', () => {
    const columns = encodeSamples([sample('b', 1), sample('a', true), sample('b', 'x')], T);
    expect(columns).toEqual({ signals: ['b', 'a'], signal: [0, 1, 0], value: [1, true, 'x'], sourceTime: [0, 0, 0] });
  });
  it('hold times relative to the event', () => {
    const columns = encodeSamples([sample('a', 1, { sourceTime: T - 250, serverTime: T - 5 }), sample('a', 2)], T);
    expect(columns.sourceTime).toEqual([-250, 0]);
    expect(columns.serverTime).toEqual([-5, null]);
  });
  it('have a status column only when a sample is not good', () => {
    expect(encodeSamples([sample('a', 1)], T)).not.toHaveProperty('status');
    expect(encodeSamples([sample('a', 1), sample('a', 2, { status: BAD })], T).status).toEqual([GOOD, BAD]);
  });
  it('of no samples are empty', () => {
    expect(encodeSamples([], T)).toEqual({ signals: [], signal: [], value: [], sourceTime: [] });
    expect(decodeSamples(encodeSamples([], T), T)).toEqual([]);
  });

  const time = fc.integer({ min: 0, max: 4_102_444_800_000 });
  const anySample: fc.Arbitrary<Sample> = fc.record(
    {
      signal: fc.constantFrom('state', 'constructor', 'zone-1', 'a'),
      value: fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((v) => v + 0),
        fc.boolean(),
        fc.string(),
      ),
      status: fc.constantFrom(GOOD, UNCERTAIN, BAD, 0x8034_0000),
      sourceTime: time,
      serverTime: time,
    },
    { requiredKeys: ['signal', 'value', 'status', 'sourceTime'] },
  );

  it('come back as they were, also through JSON, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(anySample), time, (samples, eventTime) => {
        const columns = JSON.parse(JSON.stringify(encodeSamples(samples, eventTime))) as ReturnType<
          typeof encodeSamples
        >;
        expect(decodeSamples(columns, eventTime)).toEqual(JSON.parse(JSON.stringify(samples)));
        samples.forEach((s, i) => expect(sampleAt(columns, i, eventTime).sourceTime).toBe(s.sourceTime));
      }),
    );
  });
  it('have one entry per sample in every column', () => {
    fc.assert(
      fc.property(fc.array(anySample), time, (samples, eventTime) => {
        const { signals, ...columns } = encodeSamples(samples, eventTime);
        for (const column of Object.values(columns)) expect(column).toHaveLength(samples.length);
        expect(new Set(signals).size).toBe(signals.length);
      }),
    );
  });
});
