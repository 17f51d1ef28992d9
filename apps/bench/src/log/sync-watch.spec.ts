import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '@millwright/sqlite';
import { makeRecords } from '../common/records.js';
import { ours } from './ours.js';
import { rawFile } from './raw-file.js';
import { rawSqlite, rawSqliteWorker } from './raw-sqlite.js';
import { isSynced } from './sync-watch.js';

// Beside the sources, which are on a disk, where the system's folder for temporary files may be in memory.
const parent = join(import.meta.dirname, '../../../../.bench');
let folder: string;
beforeEach(() => {
  mkdirSync(parent, { recursive: true });
  folder = mkdtempSync(join(parent, 'sync-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.runIf(process.platform === 'linux')('who waits for the disk', () => {
  test.each([ours, rawSqliteWorker, rawSqlite, rawFile])(
    '$name is seen in fsync',
    async (keeper) => {
      const store = await keeper.open(folder);
      expect(await isSynced((n) => store.append(n % 5, makeRecords(1)))).toBe(true);
      await store.close();
    },
    60_000,
  );

  test('a database that does not sync its commits is found out', async () => {
    const db = openDatabase(join(folder, 'loose.db'), { synchronous: 'NORMAL' });
    db.exec('CREATE TABLE t (v)');
    const insert = db.prepare('INSERT INTO t VALUES (1)');
    expect(await isSynced(async () => insert.run(), 200)).toBe(false);
    db.close();
  });
});
