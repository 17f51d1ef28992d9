import { BAD, GOOD } from '@millwright/events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SampleSink } from '../connector.port.js';
import { eventually } from '../testing/eventually.js';
import { closeScene, force, openScene, PLANT, pressure, sample, settled, temperature } from './ingest-scene.fixture.js';
import { CONNECTION, LINE, OVEN, PRESS, openIngest, type FakeWriter } from './ingest.fixture.js';
import type { Ingest } from './ingest.js';

let writer: FakeWriter;
let ingest: Ingest;
let sink: SampleSink;

beforeEach(async () => {
  ({ writer, ingest, sink } = await openScene());
});
afterEach(() => closeScene({ writer, ingest }));

describe('what is stored', () => {
  test('a sample, scaled, with its times and quality', async () => {
    await sink.offer([temperature(400, { sourceTime: 123_456.7, serverTime: 123_457, status: 0x40000000 })]);
    expect(writer.samples()).toEqual([
      { signal: 'temperature', value: 30, status: 0x40000000, sourceTime: 123_456, serverTime: 123_457 },
    ]);
    expect(writer.batches()).toMatchObject([{ gateway: 'gw', connection: CONNECTION, sequence: 0 }]);
  });

  test('without a source time, the time of receipt', async () => {
    await sink.offer([temperature(400)]);
    expect(writer.samples()[0]!.sourceTime).toBe(500_000);
  });

  test('one batch for each asset, whatever the order', async () => {
    await sink.offer([temperature(1), force(2), temperature(3), force(4)]);
    expect(writer.samples(OVEN).map((s) => s.value)).toEqual([-9.9, -9.7]);
    expect(writer.samples(PRESS).map((s) => s.value)).toEqual([2, 4]);
    expect(writer.written).toHaveLength(2);
  });

  test('bad quality without a value keeps the last known value', async () => {
    await sink.offer([pressure(5), sample(`${OVEN}:pressure`, null, { status: BAD })]);
    expect(writer.samples().map(({ value, status }) => [value, status])).toEqual([
      [5, GOOD],
      [5, BAD],
    ]);
  });

  test('bad quality before any value is refused', async () => {
    await sink.offer([sample(`${OVEN}:pressure`, null, { status: BAD })]);
    await ingest.close();
    expect(writer.counts('rejected')).toEqual({ 'pressure no-value': 1 });
  });
});

describe('what is not', () => {
  test('each refusal is counted with its reason and an example', async () => {
    await sink.offer([temperature('400'), temperature(Number.NaN), pressure(1), temperature(undefined)]);
    expect(writer.batches()[0]!.rejected).toEqual([
      { signal: 'temperature', reason: 'wrong-type', count: 1, example: '400' },
      { signal: 'temperature', reason: 'not-a-number', count: 1, example: 'NaN' },
      { signal: 'temperature', reason: 'no-value', count: 1, example: 'undefined' },
    ]);
    expect(ingest.ledger()).toEqual({ received: 4, stored: 1, queued: 0, filtered: 0, rejected: 3 });
  });

  test('a time that is none', async () => {
    await sink.offer([temperature(1, { sourceTime: Number.NaN }), temperature(1, { serverTime: 1e300 })]);
    await ingest.close();
    expect(writer.batches(OVEN)[0]!.rejected).toEqual([
      { signal: 'temperature', reason: 'invalid-time', count: 2, example: 'sourceTime undefined, serverTime 1e+300' },
    ]);
  });

  test('signals that the connection does not have count in the line', async () => {
    await sink.offer([sample('acme/line/oven:nonsense', 1), sample(`${OVEN}:vent`, true)]);
    sink.reject('not-json', '{"a":');
    await ingest.close();
    expect(writer.batches(LINE)).toMatchObject([
      {
        signal: [],
        rejected: [
          { signal: '*', reason: 'unknown-signal', count: 2, example: `${OVEN}:vent` },
          { signal: '*', reason: 'not-json', count: 1, example: '{"a":' },
        ],
      },
    ]);
  });

  test('a connector that invents reasons does not fill the log', async () => {
    for (let i = 0; i < 1_000; i++) sink.reject(`reason ${i}`, 'x');
    await ingest.close();
    const [batch] = writer.batches(LINE);
    expect(batch!.rejected!.length).toBeLessThanOrEqual(17);
    expect(batch!.rejected!.reduce((sum, { count }) => sum + count, 0)).toBe(1_000);
  });

  test('filtered samples are answered at once, and counted with the next stored one', async () => {
    await sink.offer([pressure(5)]);
    writer.manual = true;
    expect(await settled(sink.offer([pressure(5.1), pressure(5.2)]))).toBe('settled');
    writer.manual = false;
    await sink.offer([pressure(7)]);
    expect(writer.batches()[1]!.filtered).toEqual([{ signal: 'pressure', reason: 'deadband', count: 2 }]);
  });

  test('counts alone are written within a bounded time, in a batch without samples', async () => {
    const quick = await openIngest({ plant: PLANT, writer, countsAfterMs: 20 });
    await quick.sinkFor(CONNECTION).offer([temperature('x')]);
    await eventually('the counts', () => writer.written.length === 1);
    expect(writer.batches(OVEN)).toMatchObject([{ signal: [], sequence: 0, rejected: [{ count: 1 }] }]);
    await quick.close();
    expect(writer.written).toHaveLength(1);
  });
});
