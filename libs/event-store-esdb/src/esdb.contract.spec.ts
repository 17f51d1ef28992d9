import { MemoryRecordLog } from '@millwright/event-store/testing';
import { startEventStoreNode } from '@millwright/event-store-node';
import { eventStoreContract } from '@millwright/event-store/testing';
import { openEsdbEventStore } from './open.js';

eventStoreContract('EventStoreDB adapter on the node', async ({ now, liveEvents }) => {
  const log = new MemoryRecordLog({ now });
  const node = await startEventStoreNode({ log, port: 0, closeDeadlineMs: 200 });
  const store = await openEsdbEventStore({ connectionString: node.connectionString, tail: { maxEvents: liveEvents } });
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await node.close();
    await log.close();
  };
  return store;
});
