import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { EventStoreError } from './event-store-error.js';
import type { NewEvent, Position } from './event-store.port.js';
import { removedOf } from './removed.js';
import { setRetention } from './retention.js';
import { MemoryEventStore } from './testing/memory-event-store.js';

const MINUTE = 60_000;
let now: number;
let store: MemoryEventStore;
let positions: Position[];

const events = (count: number): NewEvent[] =>
  Array.from({ length: count }, () => ({ id: randomUUID(), type: 'T', data: {}, metadata: { time: 0 } }));
const write = async (stream: string): Promise<Position> => (await store.append(stream, 'any', events(1))).position;

/** One event of `s` and one of `other` each minute. */
beforeEach(async () => {
  now = 0;
  store = new MemoryEventStore({ now: () => now });
  positions = [];
  for (let i = 0; i < 4; i++) {
    now += MINUTE;
    positions.push(await write('s'));
    await write('other');
  }
});

const removed = () => removedOf(store, ['other', 's', 'absent'], () => now);
const lost = (upTo: Position | undefined) => [{ stream: 's', upTo }];

test('nothing, while every event is kept, and of a stream that may have more than it has', async () => {
  expect(await removed()).toEqual([]);
  await setRetention(store, 's', { maxCount: 4 });
  expect(await removed()).toEqual([]);
});

test.each([
  ['truncation', { truncateBefore: 2n }],
  ['a count', { maxCount: 2 }],
])('by %s: what comes before the first event that is shown, before and after the scavenge', async (_, retention) => {
  await setRetention(store, 's', retention);
  expect(await removed()).toEqual(lost(positions[2]));
  await store.scavenge();
  expect(await removed()).toEqual(lost(positions[2]));
});

describe('by age', () => {
  beforeEach(() => setRetention(store, 's', { maxAgeSeconds: 600 }));

  test('what comes before the first event that is shown', async () => {
    now += 10 * MINUTE - 1;
    expect(await removed()).toEqual(lost(positions[3]));
    await store.scavenge();
    expect(await removed()).toEqual(lost(positions[3]));
  });

  test('of a stream that is silent, or was for long: nothing that is younger', async () => {
    now += 60 * MINUTE;
    await store.scavenge();
    const recent = await write('other');
    const [silent] = await removed();
    expect(silent!.upTo).toBeGreaterThanOrEqual(positions[3]!);
    expect(silent!.upTo).toBeLessThan(recent);
    await write('s');
    const [again] = await removed();
    expect(again).toEqual(silent);
  });

  test('clocks may be a minute apart', async () => {
    now += 60 * MINUTE;
    const last = await write('s');
    now += 10 * MINUTE + 1;
    const [behind] = await removedOf(store, ['s'], () => now - 59_000);
    expect(behind!.upTo).toBeGreaterThanOrEqual(last);
  });
});

test('of a stream that was deleted: no more than was written by then', async () => {
  await store.deleteStream('s');
  const upTo = await store.head();
  await store.scavenge();
  await write('other');
  expect(await removed()).toEqual(lost(upTo));
});

test.each([
  ['tombstoned', () => store.tombstoneStream('s')],
  ['kept again after its deletion', () => store.deleteStream('s').then(() => setRetention(store, 's', {}))],
  ['truncated for all that may come', () => setRetention(store, 's', { truncateBefore: 100n })],
])('of a stream that was %s: everything up to the head', async (_, remove) => {
  await remove();
  await store.scavenge();
  await write('other');
  expect(await removed()).toEqual(lost(await store.head()));
});

test('what metadata that must not be read might say', async () => {
  await setRetention(store, 's', { maxAgeSeconds: 100 });
  const denied = {
    head: () => store.head(),
    positionAt: () => store.positionAt(0),
    readStream: (...args: Parameters<typeof store.readStream>) => {
      if (args[0].startsWith('$$')) throw new EventStoreError('access-denied', 'for administrators');
      return store.readStream(...args);
    },
  };
  expect(await removedOf(denied, ['other', 's', 'absent'])).toEqual([
    ...lost(positions[2]),
    { stream: 'absent', upTo: await store.head() },
  ]);
});

test('a stream that was begun again has lost what came before', async () => {
  await store.deleteStream('s');
  await write('other');
  const position = await write('s');
  expect(await removed()).toEqual(lost(position));
});

test('many streams, in the order asked for', async () => {
  const names = Array.from({ length: 100 }, (_, n) => `many-${n}`);
  for (const name of names) await store.append(name, 'any', events(2));
  for (const name of ['many-3', 'many-99']) await setRetention(store, name, { maxCount: 1 });
  expect((await removedOf(store, names)).map(({ stream }) => stream)).toEqual(['many-3', 'many-99']);
});
