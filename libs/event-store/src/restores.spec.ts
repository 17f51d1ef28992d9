import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { EventStoreError, type EventStoreErrorCode } from './event-store-error.js';
import type { RecordedEvent } from './event-store.port.js';
import { RESTORED_TYPE, RESTORES_STREAM, restoresOf, restoreThatLost } from './restores.js';
import { MemoryEventStore } from './testing/index.js';

const append = async (store: MemoryEventStore, stream: string, type: string, data: object): Promise<bigint> =>
  (await store.append(stream, 'any', [{ id: randomUUID(), type, data: { ...data }, metadata: { time: 1 } }])).position;

test('a log that was never restored has lost nothing', async () => {
  const store = new MemoryEventStore();
  const position = await append(store, 's', 'Happened', {});
  expect(await restoresOf(store)).toEqual([]);
  expect(await restoreThatLost(store, position)).toBeUndefined();
  expect(await restoreThatLost(store, position + 1n)).toBeUndefined();
});

test('what lies between the end of a backup and the event of its restore is lost', async () => {
  const store = new MemoryEventStore();
  const kept = await append(store, 's', 'Happened', {});
  await append(store, 's', 'Happened', {});
  await append(store, 's', 'Happened', {});
  const restored = await append(store, RESTORES_STREAM, RESTORED_TYPE, { after: String(kept) });
  const later = await append(store, 's', 'Happened', {});
  const again = await append(store, RESTORES_STREAM, RESTORED_TYPE, { after: String(later) });

  const restores = [
    { after: kept, position: restored },
    { after: later, position: again },
  ];
  expect(await restoresOf(store)).toEqual(restores);
  const lostBy = (position: bigint) => restoreThatLost(store, position);
  expect(await lostBy(kept)).toBeUndefined();
  expect(await lostBy(kept + 1n)).toEqual(restores[0]);
  expect(await lostBy(restored - 1n)).toEqual(restores[0]);
  expect(await lostBy(restored)).toBeUndefined();
  expect(await lostBy(later)).toBeUndefined();
});

test('a log restored from an empty backup has lost all that was before', async () => {
  const store = new MemoryEventStore();
  const lost = await append(store, 's', 'Happened', {});
  const position = await append(store, RESTORES_STREAM, RESTORED_TYPE, {});
  expect(await restoreThatLost(store, lost)).toEqual({ after: undefined, position });
});

test('a store that does not show its own streams tells nothing; any other failure is one', async () => {
  const refusing = (code: EventStoreErrorCode) => ({
    readStream: (): AsyncIterable<RecordedEvent> => {
      throw new EventStoreError(code, 'no');
    },
  });
  expect(await restoresOf(refusing('access-denied'))).toEqual([]);
  await expect(restoresOf(refusing('unavailable'))).rejects.toMatchObject({ code: 'unavailable' });
});
