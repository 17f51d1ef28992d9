import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonEventStore, type EventStore, type RecordLog } from '@millwright/event-store';
import { startEventStoreNode } from '@millwright/event-store-node';
import { openSqliteLog } from '@millwright/event-store-sqlite';
import {
  eventStoreContract,
  inOwnStreams,
  recordLogContract,
  type ContractSettings,
} from '@millwright/event-store/testing';
import { afterAll } from 'vitest';
import { openEsdbEventStore, openEsdbRecordLog } from './open.js';

const dir = mkdtempSync(join(tmpdir(), 'millwright-esdb-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** The whole way: adapter, protocol, embedded log, disk; closed together. */
const openAt = async (path: string, { now, liveEvents }: ContractSettings): Promise<RecordLog> => {
  const log = await openSqliteLog({ path, now });
  const node = await startEventStoreNode({ log: log.records, port: 0, closeDeadlineMs: 200 });
  const store = await openEsdbRecordLog({ connectionString: node.connectionString, tail: { maxEvents: liveEvents } });
  const close = store.close.bind(store);
  let closed: Promise<void> | undefined;
  store.close = () =>
    (closed ??= (async () => {
      await close();
      await node.close();
      await log.close();
    })());
  return store;
};

let opened = 0;
const newPath = (): string => join(dir, `${opened++}`, 'log.db');
const paths = new WeakMap<EventStore, string>();
const openEvents = async (path: string, settings: ContractSettings): Promise<EventStore> => {
  const store = new JsonEventStore(await openAt(path, settings));
  paths.set(store, path);
  return store;
};

const OWN_NODE = 'EventStoreDB adapter on the node on SQLite';
eventStoreContract(OWN_NODE, (settings) => openEvents(newPath(), settings), {
  reopen: async (store, settings) => {
    await store.close();
    return openEvents(paths.get(store)!, settings);
  },
});
recordLogContract(OWN_NODE, (settings) => openAt(newPath(), settings));

const server = process.env['MILLWRIGHT_ESDB'];
if (server !== undefined) {
  // One that cannot be used says so once, and not in every test.
  await (await openEsdbEventStore({ connectionString: server })).close();
  // A server that is there already: its clock is its own, and what is in it stays.
  eventStoreContract(
    'the server of MILLWRIGHT_ESDB',
    async ({ liveEvents }) =>
      inOwnStreams(await openEsdbEventStore({ connectionString: server, tail: { maxEvents: liveEvents } })),
    { clock: false, scavenge: 'started' },
  );
}
