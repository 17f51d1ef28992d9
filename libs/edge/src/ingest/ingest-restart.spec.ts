import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RawSample, SampleSink } from '../connector.port.js';
import { withDeadline } from '../link/deadline.js';
import { eventually } from '../testing/eventually.js';
import { IngestClosedError } from './asset-lane.js';
import {
  closeScene,
  force,
  openScene,
  pendingWrites,
  PLANT,
  pressure,
  sample,
  settled,
  temperature,
} from './ingest-scene.fixture.js';
import { CONNECTION, LINE, OVEN, PRESS, logOf, openIngest, type FakeWriter } from './ingest.fixture.js';
import type { Ingest } from './ingest.js';

let writer: FakeWriter;
let ingest: Ingest;
let sink: SampleSink;

beforeEach(async () => {
  ({ writer, ingest, sink } = await openScene());
});
afterEach(() => closeScene({ writer, ingest }));

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
    const next = await openIngest({ plant: PLANT, writer, store });
    await next.sinkFor(CONNECTION).offer([temperature(1)]);
    expect(writer.batches(OVEN)[0]!.sequence).toBe(42);
    await next.close();
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
    await pendingWrites(writer, 1);
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
    const spaced = await openIngest({ plant: PLANT, writer, writeSpacingMs: 3_600_000 });
    const one = spaced.sinkFor(CONNECTION);
    await withDeadline(one.offer([force(1)]), 5_000, 'first offer');
    const second = one.offer([force(2)]);
    for (let turn = 0; turn < 10; turn++) expect(await settled(second)).toBe('pending');
    const third = one.offer([force(3)]);
    await withDeadline(spaced.close(), 5_000, 'close');
    await Promise.all([second, third]);
    expect(writer.batches(PRESS).map((b) => b.signal.length)).toEqual([1, 2]);
  });
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
    openIngest({ plant: PLANT, writer, store: logOf(events) });
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

  test('until the signal is a minute beyond what the log had', async () => {
    const next = await openAfter(
      logged([
        [1, 5_000],
        [2, 6_000],
      ]),
    );
    await next.sinkFor(CONNECTION).offer([again(7, 66_000), again(1, 5_000), again(8, 66_001), again(2, 6_000)]);
    await next.close();
    expect(stored()).toEqual([
      [7, 66_000],
      [8, 66_001],
      [2, 6_000],
    ]);
  });

  test('only the last minute of the log is looked at', async () => {
    const next = await openAfter(logged([[1, 5_000]], 10_000), logged([[2, 6_000]], 70_001));
    await next.sinkFor(CONNECTION).offer([again(1, 5_000), again(2, 6_000)]);
    await next.close();
    expect(stored()).toEqual([[1, 5_000]]);
  });
});
