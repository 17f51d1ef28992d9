import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventStoreContract, recordLogContract, type ContractSettings } from '@millwright/event-store/testing';
import { afterAll } from 'vitest';
import { openSqliteLog, type SqliteLog } from './open.js';

const dir = mkdtempSync(join(tmpdir(), 'millwright-log-'));
afterAll(() => rmSync(dir, { recursive: true }));

let opened = 0;
const open = ({ now, liveEvents }: ContractSettings): Promise<SqliteLog> =>
  openSqliteLog({ path: join(dir, `${opened++}`, 'log.db'), now, tail: { maxEvents: liveEvents } });

eventStoreContract('SqliteLog', async (settings) => (await open(settings)).events);
recordLogContract('SqliteLog', async (settings) => (await open(settings)).records);
