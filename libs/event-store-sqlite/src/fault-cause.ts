import { closeSync, openSync } from 'node:fs';
import { sqliteCode } from '@millwright/sqlite';

/** Of an open that a file, its folder or its file system does not permit. */
const READ_ONLY = new Set(['EROFS', 'EPERM', 'EACCES']);

/**
 * Does some work on a log. SQLite has one name for all that a disk can refuse, "disk I/O error"; where the file system has become
 * read-only, as systems do at an error of the disk, it is called so.
 */
export const naming = <T>(path: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (!sqliteCode(error)?.startsWith('SQLITE_IOERR')) throw error;
    const refusal = refusalToWrite(path);
    if (refusal === undefined) throw error;
    const message = `${(error as Error).message}: its disk takes no writes any more (${refusal})`;
    throw Object.assign(new Error(message, { cause: error }), { code: 'SQLITE_READONLY' });
  }
};

/** The WAL is asked: to close the log's own file here would end SQLite's locks on it. */
const refusalToWrite = (path: string): string | undefined => {
  try {
    closeSync(openSync(`${path}-wal`, 'r+'));
    return undefined;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return READ_ONLY.has(code) ? code : undefined;
  }
};
