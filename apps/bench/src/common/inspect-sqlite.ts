import { existsSync, statSync } from 'node:fs';
import { openDatabase } from '@millwright/sqlite';
import type { Contents } from './counted.js';

/** Looks at what a table or view of a closed database has. */
export const inspectSqlite = (path: string, from: string): Contents => {
  const db = openDatabase(path, { synchronous: 'FULL', readonly: true });
  const sql = `SELECT count(*), coalesce(min(octet_length(data) + octet_length(metadata)), 0) FROM ${from}`;
  const [events, smallestPayloadBytes] = db.prepare(sql).raw().get() as [number, number];
  db.close();
  const fileBytes = [path, `${path}-wal`].reduce((sum, file) => sum + (existsSync(file) ? statSync(file).size : 0), 0);
  return { events, smallestPayloadBytes, fileBytes };
};
