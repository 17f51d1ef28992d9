import { hostname } from 'node:os';
import { openDatabase, openLockDatabase, sqliteCode, type Database } from '@millwright/sqlite';

/** Held while this process writes a log. */
export interface WriterLock {
  /** Lets the next writer in. Otherwise the lock ends with the process, however that ends. */
  release(): void;
}

/**
 * Takes the log's writer lock: a write transaction, never committed, on a database of its own beside the log. That is a lock of the
 * operating system, so it cannot outlive a kill -9, as a file with a process id in it can. Waits for at most `waitMs`, since a process
 * that has just been killed may take a moment to be gone. Throws with code SQLITE_BUSY and a sentence that says who holds it.
 */
export const lockForWriting = (path: string, waitMs: number): WriterLock => {
  const lock = openLockDatabase(`${path}-lock`, waitMs);
  try {
    lock.exec('BEGIN IMMEDIATE');
  } catch (error) {
    lock.close();
    if (!sqliteCode(error)?.startsWith('SQLITE_BUSY')) throw error;
    const message = `the log ${path} is being written by ${holder(path)}; stop that process first, a log has one writer`;
    throw Object.assign(new Error(message, { cause: error }), { code: 'SQLITE_BUSY' });
  }
  return {
    release: () => {
      lock.exec('ROLLBACK');
      lock.close();
    },
  };
};

/** Notes in the log who writes it, for the message above. */
export const signAsWriter = (db: Database, since: Date): void => {
  db.prepare('INSERT OR REPLACE INTO writer VALUES (1, ?, ?, ?)').run([process.pid, hostname(), since.toISOString()]);
};

const holder = (path: string): string => {
  try {
    const db = openDatabase(path, { synchronous: 'FULL', readonly: true });
    const row = db.prepare('SELECT pid, CAST(host AS BLOB), CAST(since AS BLOB) FROM writer').raw().get() as
      [number, Buffer, Buffer] | undefined;
    db.close();
    if (row) return `process ${row[0]} on ${row[1].toString()}, which opened it at ${row[2].toString()}`;
  } catch {
    // The holder may be about to create the file: who it is stays unknown.
  }
  return 'another process';
};
