import type { EventStore, NewEvent, RecordedEvent } from '../event-store.port.js';
import { setRetention } from '../retention.js';
import { collect, expectShown, ids, newEvents, rejection } from './contract-kit.js';

/** The whole log, without what a store adds of its own. */
export const written = async (store: EventStore): Promise<RecordedEvent[]> =>
  (await collect(store.readAll())).filter(({ type }) => !type.startsWith('$'));

/** Streams of every kind, their appends interleaved; gives the events in log order, and those that are hidden in the end. */
export const fill = async (
  store: EventStore,
): Promise<{ log: NewEvent[]; hidden: Set<NewEvent>; removed: RecordedEvent[] }> => {
  const streams = ['kept', 'counted', 'truncated', 'deleted', 'begun-again', 'tombstoned'];
  const log: NewEvent[] = [];
  const hidden = new Set<NewEvent>();
  for (let round = 0; round < 4; round++) {
    for (const stream of streams) {
      const [event] = newEvents(1, `In ${stream}`) as [NewEvent];
      await store.append(stream, 'any', [event]);
      log.push(event);
      const shown = stream === 'kept' || (round === 3 && (stream === 'counted' || stream === 'truncated'));
      if (!shown) hidden.add(event);
    }
  }
  const before = await written(store);
  await setRetention(store, 'counted', { maxCount: 1 });
  await setRetention(store, 'truncated', { truncateBefore: 3n });
  await store.deleteStream('deleted');
  await store.deleteStream('begun-again');
  const [again] = newEvents(1, 'In begun-again') as [NewEvent];
  await store.append('begun-again', 'no-stream', [again]);
  log.push(again);
  await store.tombstoneStream('tombstoned');
  const gone = new Set(ids([...hidden]));
  return { log, hidden, removed: before.filter(({ id }) => gone.has(id)) };
};

/** The streams of `fill` show what they should. */
export const expectStreams = async (store: EventStore): Promise<void> => {
  await expectShown(store, 'kept', [0, 1, 2, 3]);
  await expectShown(store, 'counted', [3]);
  await expectShown(store, 'truncated', [3]);
  await expectShown(store, 'deleted', []);
  await expectShown(store, 'begun-again', [4]);
  await rejection(collect(store.readStream('tombstoned')), 'stream-deleted');
};
