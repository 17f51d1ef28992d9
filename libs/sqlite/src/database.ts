import { existsSync } from 'node:fs';
import Libsql from 'libsql';
import { healStatements } from './heal-statements.js';

/** A connection with better-sqlite3's API, as libsql has it. Calls block the thread: open it in a worker. */
export type Database = Libsql.Database;
export type Statement = Libsql.Statement;

export interface OpenOptions {
  /** FULL: a commit returns after fsync. NORMAL: a power cut may lose the last commits, never the file. */
  readonly synchronous: 'FULL' | 'NORMAL';
  /** Refuses every write, and a file that is not there. */
  readonly readonly?: boolean;
  /** How long a statement waits for another connection's lock, milliseconds; default 5,000. */
  readonly busyTimeoutMs?: number;
  /** How a file is laid out that is made now; one that is there keeps its own. */
  readonly newFile?: {
    /** Bytes, a power of two; SQLite's default is 4,096. */
    readonly pageSize: number;
    /** Pages that become free can be given back to the disk, by `PRAGMA incremental_vacuum`. */
    readonly incrementalVacuum: boolean;
  };
}

/**
 * Opens a database in WAL mode, creating it unless `readonly`. This file is the only one that loads libsql. Throws errors whose
 * {@link sqliteCode} is a SQLite result code, e.g. `SQLITE_CANTOPEN`, `SQLITE_NOTADB`.
 */
export const openDatabase = (path: string, options: OpenOptions): Database => {
  const { synchronous, readonly = false, busyTimeoutMs = 5_000, newFile } = options;
  // libsql has no read-only mode of its own and would create the file.
  if (readonly && !existsSync(path)) throw cannotOpen(path, 'the file is not there');
  const settings = [`busy_timeout = ${busyTimeoutMs}`];
  if (readonly) settings.push('query_only = ON');
  // Before WAL mode, which writes the first page.
  if (newFile && !readonly) settings.push(`page_size = ${newFile.pageSize}`);
  if (newFile?.incrementalVacuum && !readonly) settings.push('auto_vacuum = INCREMENTAL');
  if (!readonly) settings.push('journal_mode = WAL');
  // libsql's build defaults to NORMAL.
  settings.push(`synchronous = ${synchronous}`);
  const db = connect(path);
  try {
    // By exec, since prepared statements hold a connection open until they are collected as garbage, beyond its `close`.
    for (const setting of settings) db.exec(`PRAGMA ${setting}`);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
};

/**
 * Opens a database in rollback-journal mode, where `BEGIN IMMEDIATE` takes a lock of the operating system that ends with the process
 * at the latest: for lock files, not for data. A lock that another one holds is waited for during `waitMs`, then SQLITE_BUSY is thrown.
 */
export const openLockDatabase = (path: string, waitMs = 0): Database => {
  const db = connect(path);
  db.exec(`PRAGMA busy_timeout = ${waitMs}`);
  return db;
};

const connect = (path: string): Database => {
  try {
    const db = new Libsql(path);
    healStatements(db);
    return db;
  } catch (error) {
    // libsql reports a failed open without a code.
    throw cannotOpen(path, error instanceof Error ? error.message : String(error));
  }
};

const cannotOpen = (path: string, why: string): Error =>
  Object.assign(
    new Error(`cannot open the database ${path}: ${why}; check that the folder exists and may be written`),
    { code: 'SQLITE_CANTOPEN' },
  );

/** SQLite's result code of an error, e.g. `SQLITE_FULL`; undefined for any other error. */
export const sqliteCode = (error: unknown): string | undefined => {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined;
};
