import { BAD, GOOD } from '@millwright/events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RawSample, SampleSink } from '../connector.port.js';
import { withDeadline } from '../link/deadline.js';
import { eventually } from '../testing/eventually.js';
import { IngestClosedError } from './asset-lane.js';
import { MAX_BATCH_BYTES, MAX_BATCH_SAMPLES } from './batch.js';
import { CONNECTION, FakeWriter, LINE, logOf, openIngest, OVEN, plantOf, PRESS } from './ingest.fixture.js';
import type { Ingest } from './ingest.js';

const plant = plantOf({
  oven: {
    temperature: { edge: { scale: 0.1, offset: -10 } },
    pressure: { edge: { deadband: 1 } },
    state: { dataType: 'text', role: 'operating-state' },
    vent: { dataType: 'boolean', connection: `${LINE}/io` },
  },
  press: { force: {} },
});
const sample = (signal: string, value: unknown, more: Partial<RawSample> = {}): RawSample => ({
  signal,
  value,
  status: GOOD,
  ...more,
});
const temperature = (value: unknown, more?: Partial<RawSample>): RawSample =>
  sample(`${OVEN}:temperature`, value, more);
const pressure = (value: unknown): RawSample => sample(`${OVEN}:pressure`, value);
const force = (value: unknown): RawSample => sample(`${PRESS}:force`, value);

let writer: FakeWriter;
let ingest: Ingest;
let sink: SampleSink;

beforeEach(async () => {
  writer = new FakeWriter();
  ingest = await openIngest({ plant, writer });
  sink = ingest.sinkFor(CONNECTION);
});
afterEach(async () => {
  writer.manual = false;
  writer.fault = () => undefined;
  while (writer.pending.length > 0) writer.answer();
  await ingest.close().catch(() => undefined);
});

const settled = async (promise: Promise<unknown>): Promise<'pending' | 'settled'> => {
  const turn = new Promise<'pending'>((resolve) => setImmediate(() => resolve('pending')));
  return Promise.race([
    promise.then(
      () => 'settled' as const,
      () => 'settled' as const,
    ),
    turn,
  ]);
};
const writes = (count: number): Promise<void> =>
  eventually(`${count} pending writes`, () => writer.pending.length === count);

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
    const quick = await openIngest({ plant, writer, countsAfterMs: 20 });
    await quick.sinkFor(CONNECTION).offer([temperature('x')]);
    await eventually('the counts', () => writer.written.length === 1);
    expect(writer.batches(OVEN)).toMatchObject([{ signal: [], sequence: 0, rejected: [{ count: 1 }] }]);
    await quick.close();
    expect(writer.written).toHaveLength(1);
  });
});

describe('durability', () => {
  test('an offer resolves after its own samples are durable, not before', async () => {
    writer.manual = true;
    const offer = sink.offer([temperature(1)]);
    await writes(1);
    expect(await settled(offer)).toBe('pending');
    writer.answer();
    await withDeadline(offer, 5_000, 'offer');
  });

  test('an offer of two assets waits for both', async () => {
    writer.manual = true;
    const offer = sink.offer([temperature(1), force(1)]);
    await writes(2);
    writer.answer();
    expect(await settled(offer)).toBe('pending');
    writer.answer();
    await withDeadline(offer, 5_000, 'offer');
  });

  test('while a write is under way the next batch of the asset collects; other assets go on', async () => {
    writer.manual = true;
    const first = sink.offer([temperature(0)]);
    await writes(1);
    const later = [1, 2, 3].map((value) => sink.offer([temperature(value)]));
    const other = sink.offer([force(9)]);
    await writes(2);
    expect(writer.pending.map((p) => p.asset)).toEqual([OVEN, PRESS]);
    writer.answer();
    writer.answer();
    await withDeadline(Promise.all([first, other]), 5_000, 'first offers');
    await writes(1);
    writer.answer();
    await withDeadline(Promise.all(later), 5_000, 'later offers');
    expect(writer.batches(OVEN).map((b) => [b.sequence, b.signal.length])).toEqual([
      [0, 1],
      [1, 3],
    ]);
  });

  test('batches are bounded in samples and in bytes', async () => {
    const many = Array.from({ length: 2 * MAX_BATCH_SAMPLES + 1 }, (_, i) => force(i));
    const texts = Array.from({ length: 400 }, (_, i) => sample(`${OVEN}:state`, `${i}`.padEnd(4_000, '\u0001')));
    await withDeadline(sink.offer([...many, ...texts]), 5_000, 'offer');
    expect(writer.batches(PRESS).map((b) => b.signal.length)).toEqual([MAX_BATCH_SAMPLES, MAX_BATCH_SAMPLES, 1]);
    const bytes = writer.batches(OVEN).map((batch) => Buffer.byteLength(JSON.stringify(batch)));
    expect(bytes.length).toBeGreaterThan(1);
    expect(Math.max(...bytes)).toBeLessThan(MAX_BATCH_BYTES + 64 * 1024);
    expect(writer.samples(OVEN)).toHaveLength(400);
  });

  test('two connections of one asset keep to their own batches', async () => {
    await Promise.all([
      sink.offer([temperature(1)]),
      ingest.sinkFor(`${LINE}/io`).offer([sample(`${OVEN}:vent`, true)]),
      sink.offer([temperature(2)]),
    ]);
    expect(writer.batches(OVEN).map((b) => [b.connection, b.sequence, b.signal.length])).toEqual([
      [CONNECTION, 0, 2],
      [`${LINE}/io`, 2, 1],
    ]);
  });

  test('a failing log costs nothing but time, and shows', async () => {
    writer.fault = () => new Error('disk full');
    const offer = sink.offer([temperature(1)]);
    await eventually('bad health', () => ingest.health().state === 'down');
    expect(ingest.health().detail).toContain(`writing to "${OVEN}" fails`);
    expect(ingest.health().detail).toContain('disk full');
    writer.fault = () => undefined;
    await withDeadline(offer, 10_000, 'offer');
    expect(ingest.health().state).toBe('up');
    expect(writer.batches().map((b) => b.sequence)).toEqual([0]);
  });
});

describe('what a connector that cannot wait pushes', () => {
  test('is refused as overload beyond the capacity, and counted', async () => {
    writer.manual = true;
    const small = await openIngest({ plant, writer, queueCapacity: 10 });
    const cannotWait = small.sinkFor(CONNECTION);
    cannotWait.push(Array.from({ length: 15 }, (_, i) => force(i)));
    cannotWait.push([pressure(1)]);
    expect(small.ledger()).toEqual({ received: 16, stored: 0, queued: 10, filtered: 0, rejected: 6 });
    expect(small.health().state).toBe('degraded');
    const waiting = small.sinkFor(CONNECTION).offer([force(99)]);
    await writes(1);
    writer.manual = false;
    writer.answer();
    await withDeadline(waiting, 5_000, 'offer of one that waits');
    await small.close();
    expect(writer.counts('rejected')).toEqual({ 'force overload': 5, 'pressure overload': 1 });
    expect(writer.samples(PRESS).map((s) => s.value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 99]);
  });
});

describe('links', () => {
  const facts = (asset: string): string[] =>
    writer.written.filter((w) => w.asset === asset).map(({ fact }) => fact.type);

  test('are facts of each asset bound to the connection, on changes only', async () => {
    sink.link('up', 'connected');
    sink.link('up', 'connected');
    sink.link('down', 'cable pulled');
    sink.link('down', 'still no answer');
    await ingest.close();
    expect(facts(OVEN)).toEqual(['ConnectionRestored', 'ConnectionLost']);
    expect(facts(PRESS)).toEqual(['ConnectionRestored', 'ConnectionLost']);
    expect(facts(LINE)).toEqual([]);
    expect(writer.written.at(-1)!.fact.data).toEqual({ connection: CONNECTION, reason: 'cable pulled' });
  });

  test('stand between the samples that came before and after', async () => {
    sink.push([force(1)]);
    sink.link('down', 'cable pulled');
    sink.push([force(2)]);
    await ingest.close();
    expect(facts(PRESS)).toEqual(['SamplesRecorded', 'ConnectionLost', 'SamplesRecorded']);
  });

  test('that flap while the log is away do not pile up', async () => {
    writer.manual = true;
    sink.push([force(1)]);
    await writes(1);
    for (let i = 0; i < 1_000; i++) sink.link(i % 2 === 0 ? 'down' : 'up', 'flapping');
    writer.manual = false;
    writer.answer();
    await ingest.close();
    expect(facts(PRESS)).toEqual(['SamplesRecorded', 'ConnectionLost', 'ConnectionRestored']);
  });
});

describe('start and end', () => {
  test('the sequence goes on after the last batch of this gateway', async () => {
    const recorded = (gateway: string, sequence: number, count: number) => ({
      type: 'SamplesRecorded',
      data: { gateway, sequence, signals: ['x'], ...columnsOf(count) },
      metadata: { time: 1_000 },
    });
    const columnsOf = (count: number) => ({
      signal: new Array<number>(count).fill(0),
      value: new Array<number>(count).fill(1),
      sourceTime: new Array<number>(count).fill(0),
    });
    const store = logOf([
      recorded('gw', 0, 40),
      recorded('gw', 40, 2),
      recorded('another', 7, 1),
      { type: 'TimeAdvanced', data: {} },
    ]);
    const next = await openIngest({ plant, writer, store });
    await next.sinkFor(CONNECTION).offer([temperature(1)]);
    expect(writer.batches(OVEN)[0]!.sequence).toBe(42);
    await next.close();
  });

  describe('what a crash kept from being acknowledged comes again', () => {
    const logged = (samples: readonly [value: number, sourceTime: number][], time = 10_000) => ({
      type: 'SamplesRecorded',
      data: {
        ...{ gateway: 'gw', connection: CONNECTION, sequence: 0, signals: ['force'] },
        signal: samples.map(() => 0),
        value: samples.map(([value]) => value),
        sourceTime: samples.map(([, sourceTime]) => sourceTime - time),
      },
      metadata: { time },
    });
    const again = (value: number, sourceTime?: number): RawSample =>
      sample(`${PRESS}:force`, value, { redelivered: true, ...(sourceTime !== undefined && { sourceTime }) });
    const openAfter = async (...events: object[]): Promise<Ingest> =>
      openIngest({ plant, writer, store: logOf(events) });
    const stored = (): unknown[] => writer.samples(PRESS).map((s) => [s.value, s.sourceTime]);

    test('and is not stored twice when the log has it, each one once', async () => {
      const next = await openAfter(
        logged([
          [1, 5_000],
          [2, 6_000],
        ]),
      );
      await next.sinkFor(CONNECTION).offer([again(1, 5_000), again(2, 6_000), again(2, 6_000), again(3, 7_000)]);
      await next.close();
      expect(stored()).toEqual([
        [2, 6_000],
        [3, 7_000],
      ]);
      expect(writer.counts('filtered')).toEqual({ 'force duplicate': 2 });
      expect(next.ledger()).toMatchObject({ received: 4, stored: 2, filtered: 2 });
    });

    test('but is stored when it differs, or has no time of its own', async () => {
      const next = await openAfter(logged([[1, 5_000]]));
      await next.sinkFor(CONNECTION).offer([again(2, 5_000), again(1, 5_001), again(1)]);
      await next.close();
      expect(stored()).toEqual([
        [2, 5_000],
        [1, 5_001],
        [1, 500_000],
      ]);
    });

    test('but is stored when it is new, however equal', async () => {
      const next = await openAfter(logged([[1, 5_000]]));
      await next.sinkFor(CONNECTION).offer([force(1)]);
      await next.sinkFor(CONNECTION).offer([again(1, 5_000)]);
      await next.close();
      expect(stored()).toEqual([
        [1, 500_000],
        [1, 5_000],
      ]);
    });

    test('only the last minute of the log is looked at', async () => {
      const next = await openAfter(logged([[1, 5_000]], 10_000), logged([[2, 6_000]], 70_001));
      await next.sinkFor(CONNECTION).offer([again(1, 5_000), again(2, 6_000)]);
      await next.close();
      expect(stored()).toEqual([[1, 5_000]]);
    });
  });

  test('close writes everything, then refuses', async () => {
    const last = sink.offer([temperature(1), pressure('x')]);
    await ingest.close();
    await withDeadline(last, 1_000, 'last offer');
    await expect(sink.offer([temperature(1)])).rejects.toBeInstanceOf(IngestClosedError);
    sink.push([temperature(1)]);
    sink.link('down', 'late');
    sink.reject('late', '');
    expect(ingest.ledger()).toEqual({ received: 2, stored: 1, queued: 0, filtered: 0, rejected: 1 });
    expect(ingest.health().state).toBe('down');
  });

  test('close gives up on a log that never answers, and says so to those who wait', async () => {
    writer.manual = true;
    const stuck = sink.offer([temperature(1)]);
    const behind = eventually('write under way', () => writer.pending.length === 1).then(() =>
      sink.offer([temperature(2)]),
    );
    await writes(1);
    const outcome = Promise.allSettled([stuck, behind]);
    await expect(ingest.close(20)).rejects.toThrow(/2 samples not written/);
    expect((await outcome).map((o) => o.status)).toEqual(['rejected', 'rejected']);
  });

  test('an unknown connection is named, with those there are', () => {
    expect(() => ingest.sinkFor('acme/line/nothing')).toThrow(
      `no connection "acme/line/nothing" in the plant; it has ${CONNECTION}, ${LINE}/io`,
    );
  });

  test('writes of one asset keep their spacing, until the ingest closes', async () => {
    const spaced = await openIngest({ plant, writer, writeSpacingMs: 3_600_000 });
    const one = spaced.sinkFor(CONNECTION);
    await withDeadline(one.offer([force(1)]), 5_000, 'first offer');
    const second = one.offer([force(2)]);
    const third = one.offer([force(3)]);
    expect(await settled(second)).toBe('pending');
    await withDeadline(spaced.close(), 5_000, 'close');
    await Promise.all([second, third]);
    expect(writer.batches(PRESS).map((b) => b.signal.length)).toEqual([1, 2]);
  });
});
