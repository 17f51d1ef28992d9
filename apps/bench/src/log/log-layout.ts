import { join } from 'node:path';
import { openSqliteLog } from '@millwright/event-store-sqlite';
import { openDatabase, type OpenOptions } from '@millwright/sqlite';

/** How a database is laid out. */
export interface Layout {
  readonly newFile: NonNullable<OpenOptions['newFile']>;
  /** SQL that makes the table `events` and its indexes. */
  readonly tables: string;
}

/** The embedded log's own table of events, its indexes and pages, as they stand in a new file: the reference shall not have less to do. */
export const logLayout = async (folder: string): Promise<Layout> => {
  const path = join(folder, 'template.db');
  const { close } = await openSqliteLog({ path });
  await close();
  const db = openDatabase(path, { synchronous: 'FULL', readonly: true });
  const all = (sql: string): unknown[] => (db.prepare(sql).raw().all() as [unknown][]).map(([value]) => value);
  const tables = all("SELECT sql FROM sqlite_schema WHERE tbl_name = 'events' AND sql IS NOT NULL ORDER BY rowid");
  const [pageSize] = all('PRAGMA page_size');
  const [vacuum] = all('PRAGMA auto_vacuum');
  db.close();
  return { newFile: { pageSize: Number(pageSize), incrementalVacuum: vacuum === 2 }, tables: tables.join(';\n') };
};

/** The least that keeps streams: one index, to read one and to keep two writers from one revision. */
export const MINIMAL: Layout = {
  newFile: { pageSize: 8_192, incrementalVacuum: false },
  tables: `
    CREATE TABLE events (
      position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, revision INTEGER NOT NULL, id BLOB NOT NULL, type TEXT NOT NULL,
      data TEXT NOT NULL, metadata TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX events_by_revision ON events(stream, revision);
  `,
};
