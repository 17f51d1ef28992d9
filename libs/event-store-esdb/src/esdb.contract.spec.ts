import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEventStoreNode } from '@millwright/event-store-node';
import { openSqliteLog } from '@millwright/event-store-sqlite';
import { eventStoreContract, inOwnStreams } from '@millwright/event-store/testing';
import { openEsdbEventStore } from './open.js';

/** The whole way: adapter, protocol, embedded log, disk. */
eventStoreContract('EventStoreDB adapter on the node on SQLite', async ({ now, liveEvents }) => {
  const folder = await mkdtemp(join(tmpdir(), 'millwright-esdb-'));
  const log = await openSqliteLog({ path: join(folder, 'log.db'), now });
  const node = await startEventStoreNode({ log: log.records, port: 0, closeDeadlineMs: 200 });
  const store = await openEsdbEventStore({ connectionString: node.connectionString, tail: { maxEvents: liveEvents } });
  const close = store.close.bind(store);
  let closed: Promise<void> | undefined;
  store.close = () =>
    (closed ??= (async () => {
      await close();
      await node.close();
      await log.close();
      await rm(folder, { recursive: true });
    })());
  return store;
});

const server = process.env['MILLWRIGHT_ESDB'];
if (server !== undefined) {
  // A server that is there already: its clock is its own, and what is in it stays.
  eventStoreContract(
    'the server of MILLWRIGHT_ESDB',
    async ({ liveEvents }) =>
      inOwnStreams(await openEsdbEventStore({ connectionString: server, tail: { maxEvents: liveEvents } })),
    { clock: false, scavenge: 'started' },
  );
}
