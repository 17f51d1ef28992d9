import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import type { NewEvent, Position } from './event-store.port.js';
import { removedOf } from './removed.js';
import { setRetention } from './retention.js';
import { MemoryEventStore } from './testing/memory-event-store.js';

let store: MemoryEventStore;
let positions: Position[];

const events = (count: number): NewEvent[] =>
  Array.from({ length: count }, () => ({ id: randomUUID(), type: 'T', data: {}, metadata: { time: 0 } }));

beforeEach(async () => {
  store = new MemoryEventStore();
  positions = [];
  for (let i = 0; i < 4; i++) positions.push((await store.append('s', 'any', events(1))).position);
  await store.append('other', 'any', events(2));
});

const removed = () => removedOf(store, ['other', 's', 'absent']);

test('nothing, while every event is kept, and of a stream that keeps more than it has', async () => {
  expect(await removed()).toEqual([]);
  await setRetention(store, 's', { maxCount: 4 });
  expect(await removed()).toEqual([]);
});

test('the events before the first one that is shown, before and after the scavenge', async () => {
  await setRetention(store, 's', { truncateBefore: 2n });
  const upTo = [{ stream: 's', upTo: positions[2] }];
  expect(await removed()).toEqual(upTo);
  await store.scavenge();
  expect(await removed()).toEqual(upTo);
});

test.each([
  ['deleted', () => store.deleteStream('s')],
  ['tombstoned', () => store.tombstoneStream('s')],
  ['emptied by its retention', () => setRetention(store, 's', { truncateBefore: 100n })],
])('every event of a stream that has been %s', async (_, remove) => {
  await remove();
  await store.scavenge();
  expect(await removed()).toEqual([{ stream: 's', upTo: await store.head() }]);
});

test('a stream that was begun again has lost what came before', async () => {
  await store.deleteStream('s');
  const { position } = await store.append('s', 'no-stream', events(1));
  expect(await removed()).toEqual([{ stream: 's', upTo: position }]);
});

test('many streams, in the order asked for', async () => {
  const names = Array.from({ length: 100 }, (_, n) => `many-${n}`);
  for (const name of names) await store.append(name, 'any', events(2));
  for (const name of ['many-3', 'many-99']) await setRetention(store, name, { maxCount: 1 });
  expect((await removedOf(store, names)).map(({ stream }) => stream)).toEqual(['many-3', 'many-99']);
});
