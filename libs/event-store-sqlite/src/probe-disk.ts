import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from '@millwright/sqlite';

/** Room for one more append of any size. A few free bytes would let the probe pass, and the next append fail again. */
const LEAST_FREE_BYTES = 2 * 1024 * 1024;

/** Throws as an append would while the log's disk takes no writes; writes what changes nothing. */
export const probeDisk = (db: Database, path: string): void => {
  const { bavail, bsize } = statfsSync(dirname(path));
  if (bavail * bsize < LEAST_FREE_BYTES) {
    const message = `only ${bavail * bsize} bytes are free on the disk`;
    throw Object.assign(new Error(message), { code: 'SQLITE_FULL' });
  }
  try {
    db.exec('BEGIN IMMEDIATE; UPDATE writer SET since = since; COMMIT');
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
};
