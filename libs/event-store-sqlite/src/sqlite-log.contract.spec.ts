import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventStoreContract } from '@millwright/event-store/testing';
import { afterAll } from 'vitest';
import { openSqliteEventStore } from './open.js';

const dir = mkdtempSync(join(tmpdir(), 'millwright-log-'));
afterAll(() => rmSync(dir, { recursive: true }));

let opened = 0;
eventStoreContract('SqliteEventStore', ({ now, liveEvents }) =>
  openSqliteEventStore({ path: join(dir, `${opened++}`, 'log.db'), now, tail: { maxEvents: liveEvents } }),
);
