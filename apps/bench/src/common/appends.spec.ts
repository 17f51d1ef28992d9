import { expect, test } from 'vitest';
import type { NewRecord } from '@millwright/event-store';
import { batches, readAll, readStream, singles } from './appends.js';
import { SMALLEST_PAYLOAD_BYTES, STREAMS } from './records.js';
import type { Store } from './store.js';

interface Call {
  readonly stream: number;
  readonly records: readonly NewRecord[];
}

/** Answers each append after one turn of the event loop. */
const fake = (): Store & { readonly calls: Call[]; readonly most: () => number } => {
  const calls: Call[] = [];
  let inFlight = 0;
  let most = 0;
  return {
    calls,
    most: () => most,
    append: async (stream, records) => {
      calls.push({ stream, records });
      most = Math.max(most, ++inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      inFlight--;
    },
    readAll: async () => 7,
    readStream: async (stream) => stream,
  };
};

test('single appends go over all streams, so many at once, each event once', async () => {
  const store = fake();
  const { events, timesMs } = await singles('append', 8, 20).prepare(10_000, 0)(store);
  expect(events).toBe(200);
  expect(store.calls).toHaveLength(200);
  expect(store.most()).toBe(8);
  expect(timesMs).toBeUndefined();
  expect(store.calls.map(({ stream }) => stream)).toEqual(Array.from({ length: 200 }, (_, n) => n % STREAMS));
  const ids = store.calls.flatMap(({ records }) => records.map(({ id }) => id));
  expect(new Set(ids).size).toBe(events);
});

test('one after the other, each is timed', async () => {
  const store = fake();
  const { events, timesMs } = await singles('append', 1, 2).prepare(10_000, 0)(store);
  expect(store.most()).toBe(1);
  expect(timesMs).toHaveLength(events!);
});

test('a slot ends when its time is up', async () => {
  const store = fake();
  const { events, ms } = await singles('append', 1, 300_000).prepare(20, 0)(store);
  expect(events).toBe(store.calls.length);
  expect(events).toBeLessThan(6_000);
  expect(ms).toBeGreaterThanOrEqual(20);
});

test('batches wait for one another, and each event counts', async () => {
  const store = fake();
  const { events } = await batches('append', 50, 50).prepare(10_000, 0)(store);
  expect(store.most()).toBe(1);
  expect(events).toBe(500);
  expect(store.calls).toHaveLength(10);
  expect(store.calls.every(({ records }) => records.length === 50)).toBe(true);
});

test('events look like recorded samples of some 256 bytes', async () => {
  const store = fake();
  await singles('append', 1, 1_000).prepare(1, 0)(store);
  const [{ data, metadata, type }] = store.calls[0]!.records as [NewRecord];
  expect(type).toBe('SamplesRecorded');
  expect(JSON.parse(data as string)).toMatchObject({ received: 3, stored: 3, filtered: 0 });
  expect(data.length + metadata.length).toBeGreaterThanOrEqual(SMALLEST_PAYLOAD_BYTES);
  expect(SMALLEST_PAYLOAD_BYTES).toBeGreaterThan(220);
});

test('reads count what they were given', async () => {
  expect((await readAll.prepare(1_000, 0)(fake())).events).toBe(7);
  expect((await readStream.prepare(1_000_000, 0)(fake())).events).toBe((STREAMS * (STREAMS - 1)) / 2);
  expect(readStream.applies!({ ...fake(), readStream: undefined } as unknown as Store)).toBe(false);
});
