import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SampleSink } from '../connector.port.js';
import { withDeadline } from '../link/deadline.js';
import { eventually } from '../testing/eventually.js';
import { MAX_BATCH_BYTES, MAX_BATCH_SAMPLES } from './batch.js';
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
import { CONNECTION, LINE, OVEN, PRESS, openIngest, type FakeWriter } from './ingest.fixture.js';
import type { Ingest } from './ingest.js';

let writer: FakeWriter;
let ingest: Ingest;
let sink: SampleSink;

beforeEach(async () => {
  ({ writer, ingest, sink } = await openScene());
});
afterEach(() => closeScene({ writer, ingest }));

describe('durability', () => {
  test('an offer resolves after its own samples are durable, not before', async () => {
    writer.manual = true;
    const offer = sink.offer([temperature(1)]);
    await pendingWrites(writer, 1);
    expect(await settled(offer)).toBe('pending');
    writer.answer();
    await withDeadline(offer, 5_000, 'offer');
  });

  test('an offer of two assets waits for both', async () => {
    writer.manual = true;
    const offer = sink.offer([temperature(1), force(1)]);
    await pendingWrites(writer, 2);
    writer.answer();
    expect(await settled(offer)).toBe('pending');
    writer.answer();
    await withDeadline(offer, 5_000, 'offer');
  });

  test('while a write is under way the next batch of the asset collects; other assets go on', async () => {
    writer.manual = true;
    const first = sink.offer([temperature(0)]);
    await pendingWrites(writer, 1);
    const later = [1, 2, 3].map((value) => sink.offer([temperature(value)]));
    const other = sink.offer([force(9)]);
    await pendingWrites(writer, 2);
    expect(writer.pending.map((p) => p.asset)).toEqual([OVEN, PRESS]);
    writer.answer();
    writer.answer();
    await withDeadline(Promise.all([first, other]), 5_000, 'first offers');
    await pendingWrites(writer, 1);
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
    const small = await openIngest({ plant: PLANT, writer, queueCapacity: 10 });
    const cannotWait = small.sinkFor(CONNECTION);
    cannotWait.push(Array.from({ length: 15 }, (_, i) => force(i)));
    cannotWait.push([pressure(1)]);
    expect(small.ledger()).toEqual({ received: 16, stored: 0, queued: 10, filtered: 0, rejected: 6 });
    expect(small.health().state).toBe('degraded');
    const waiting = small.sinkFor(CONNECTION).offer([force(99)]);
    await pendingWrites(writer, 1);
    writer.manual = false;
    writer.answer();
    await withDeadline(waiting, 5_000, 'offer of one that waits');
    await small.close();
    expect(writer.counts('rejected')).toEqual({ 'force overload': 5, 'pressure overload': 1 });
    expect(writer.samples(PRESS).map((s) => s.value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 99]);
  });
});
