import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RecordedEvent } from './event-store.port.js';
import { LiveTail, type LivePage, type LiveRecord } from './live-tail.js';

const at = (position: bigint, stream = 's'): RecordedEvent => ({
  id: `id-${position}`,
  type: 'T',
  data: {},
  metadata: { time: 0 },
  stream,
  revision: position,
  position,
  recordedAt: 0,
});
const all = (): boolean => true;
const positions = (page: LivePage<LiveRecord> | undefined): bigint[] | undefined => page?.events.map((e) => e.position);

test('a tail of a new log has everything', () => {
  const tail = new LiveTail({ head: undefined });
  expect(tail.read(undefined, 10, all)).toEqual({ events: [], scannedTo: undefined });
  tail.publish([at(0n), at(10n)], 100);
  expect(positions(tail.read(undefined, 10, all))).toEqual([0n, 10n]);
  expect(tail.head).toBe(10n);
});

test('a tail of an old log knows only what comes after its head', () => {
  const tail = new LiveTail({ head: 50n });
  expect(tail.read(undefined, 10, all)).toBeUndefined();
  expect(tail.read(40n, 10, all)).toBeUndefined();
  expect(tail.read(50n, 10, all)).toEqual({ events: [], scannedTo: 50n });
  tail.publish([at(60n)], 1);
  expect(positions(tail.read(50n, 10, all))).toEqual([60n]);
});

test('what does not match is passed over, and the cursor goes past it', () => {
  const tail = new LiveTail({ head: undefined });
  tail.publish([at(1n, 'a'), at(2n, 'b'), at(3n, 'a'), at(4n, 'b')], 4);
  const page = tail.read(undefined, 10, ({ stream }) => stream === 'a');
  expect(positions(page)).toEqual([1n, 3n]);
  expect(page?.scannedTo).toBe(4n);
  expect(tail.read(undefined, 1, ({ stream }) => stream === 'a')?.scannedTo).toBe(1n);
});

test('a cursor beyond the head stays where it is', () => {
  const tail = new LiveTail({ head: 5n });
  expect(tail.read(9n, 10, all)).toEqual({ events: [], scannedTo: 9n });
});

test('bytes are bounded as well as events', () => {
  const tail = new LiveTail({ head: undefined, maxBytes: 100 });
  tail.publish([at(1n), at(2n)], 80);
  tail.publish([at(3n)], 60);
  expect(tail.read(undefined, 10, all)).toBeUndefined();
  expect(positions(tail.read(1n, 10, all))).toEqual([2n, 3n]);
  tail.publish([at(4n)], 1_000);
  expect(tail.read(3n, 10, all)).toBeUndefined();
  expect(tail.read(4n, 10, all)).toEqual({ events: [], scannedTo: 4n });
});

test('whatever is published and read, a page is what the whole log has after the cursor, or nothing', () => {
  const batches = fc.array(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 }), { maxLength: 12 });
  fc.assert(
    fc.property(
      batches,
      fc.integer({ min: 1, max: 8 }),
      fc.nat({ max: 60 }),
      fc.integer({ min: 1, max: 9 }),
      (steps, maxEvents, cursor, limit) => {
        const tail = new LiveTail({ head: undefined, maxEvents });
        const log: RecordedEvent[] = [];
        let last = 0n;
        for (const batch of steps) {
          const events = batch.map((step) => at((last += BigInt(step))));
          log.push(...events);
          tail.publish(events, events.length);
        }
        const after = log.filter(({ position }) => position > BigInt(cursor));
        const page = tail.read(BigInt(cursor), limit, all);
        if (page) expect(positions(page)).toEqual(after.slice(0, limit).map((e) => e.position));
        else expect(after.length).toBeGreaterThan(maxEvents);
      },
    ),
  );
});

test('what it was told to forget is read from the log, and what comes after is known', () => {
  const tail = new LiveTail({ head: undefined });
  tail.forget();
  expect(tail.read(undefined, 10, all)).toEqual({ events: [], scannedTo: undefined });
  tail.publish([at(1n), at(2n)], 2);
  tail.forget();
  expect(tail.read(1n, 10, all)).toBeUndefined();
  expect(tail.read(2n, 10, all)).toEqual({ events: [], scannedTo: 2n });
  tail.publish([at(3n)], 1);
  expect(positions(tail.read(2n, 10, all))).toEqual([3n]);
  expect(tail.head).toBe(3n);
});

test('a waiting reader is woken once, by an event or by the end', () => {
  const tail = new LiveTail({ head: undefined });
  let woken = 0;
  tail.onChange(() => woken++);
  const forget = tail.onChange(() => (woken += 100));
  forget();
  tail.publish([at(1n)], 1);
  tail.publish([at(2n)], 1);
  expect(woken).toBe(1);
  tail.onChange(() => woken++);
  tail.close();
  expect(woken).toBe(2);
});

test('the first end counts', () => {
  const tail = new LiveTail({ head: undefined });
  const error = new Error('lost');
  tail.fail(error);
  tail.close();
  expect(tail.ended).toEqual({ error });
});
