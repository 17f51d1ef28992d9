import { expect, test } from 'vitest';
import type { EventStore } from '../event-store.port.js';
import { JsonEventStore } from '../json-event-store.js';
import { eventStoreContract } from './event-store.contract.js';
import { MemoryEventStore } from './memory-event-store.js';
import { MemoryRecordLog } from './memory-record-log.js';

const logs = new WeakMap<EventStore, MemoryRecordLog>();
const storeOf = (log: MemoryRecordLog): EventStore => {
  const store = new JsonEventStore(log);
  logs.set(store, log);
  return store;
};

eventStoreContract(
  'MemoryRecordLog as EventStore',
  async ({ now, liveEvents }) => storeOf(new MemoryRecordLog({ now, tail: { maxEvents: liveEvents } })),
  {
    reopen: async (store, { now, liveEvents }) =>
      storeOf(await logs.get(store)!.reopen({ now, tail: { maxEvents: liveEvents } })),
  },
);

test('a MemoryEventStore is a log of its own, by the clock it is given', async () => {
  const store = new MemoryEventStore({ now: () => 5 });
  await store.append('s', 'any', [{ id: crypto.randomUUID(), type: 'T', data: {}, metadata: { time: 1 } }]);
  for await (const { recordedAt } of store.readAll()) expect(recordedAt).toBe(5);
  expect(await new MemoryEventStore().head()).toBeUndefined();
});
