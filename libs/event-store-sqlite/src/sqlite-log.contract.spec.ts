import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore } from '@millwright/event-store';
import { eventStoreContract, recordLogContract, type ContractSettings } from '@millwright/event-store/testing';
import { afterAll } from 'vitest';
import { openSqliteLog, type SqliteLog } from './open.js';

const dir = mkdtempSync(join(tmpdir(), 'millwright-log-'));
afterAll(() => rmSync(dir, { recursive: true }));

let opened = 0;
const newPath = (): string => join(dir, `${opened++}`, 'log.db');
const openAt = (path: string, { now, liveEvents }: ContractSettings): Promise<SqliteLog> =>
  openSqliteLog({ path, now, tail: { maxEvents: liveEvents } });

const paths = new WeakMap<EventStore, string>();
const openEvents = async (path: string, settings: ContractSettings): Promise<EventStore> => {
  const { events } = await openAt(path, settings);
  paths.set(events, path);
  return events;
};

eventStoreContract('SqliteLog', (settings) => openEvents(newPath(), settings), {
  reopen: async (store, settings) => {
    await store.close();
    return openEvents(paths.get(store)!, settings);
  },
});
recordLogContract('SqliteLog', async (settings) => (await openAt(newPath(), settings)).records);
