import { existsSync } from 'node:fs';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EventStoreError } from '@millwright/event-store';
import { toEventStoreError } from './map-error.js';
import { verifyFile, type VerifyReport } from './verify-file.js';
import { lockForWriting } from './writer-lock.js';

/**
 * Makes a log under another name, checks that it is whole, brings it to the disk and gives it its name: whoever looks finds the whole
 * file, or none, also after a kill or a power cut. Rejects when something of that name is there already, and leaves nothing then.
 */
export const intoPlace = async <T>(
  path: string,
  action: string,
  make: (part: string) => Promise<T>,
): Promise<{ readonly made: T; readonly report: VerifyReport }> => {
  refuseWhatIsThere(path, action);
  const part = `${path}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const release = lockPart(part, action);
    try {
      await removeLog(part);
      const made = await make(part);
      const report = await verifyFile(part);
      if (!report.ok) throw notWhole(action, report);
      await sync(part);
      await giveName(part, path, action);
      await sync(dirname(path));
      return { made, report };
    } finally {
      await removeLog(part);
      release();
      await rm(`${part}-lock`, { force: true });
    }
  } catch (error) {
    throw error instanceof EventStoreError ? error : failed(`${action}: ${(error as Error).message}`, error);
  }
};

/** SQLite would take the WAL or the journal of another log for the new one's, and play it into that. */
const refuseWhatIsThere = (path: string, action: string): void => {
  if (existsSync(path)) throw thereAlready(path, action);
  for (const suffix of ['-wal', '-journal']) {
    if (!existsSync(`${path}${suffix}`)) continue;
    const reason = `${path}${suffix} is there, left by another log, and may hold the last of its events`;
    throw failed(`${action}: ${reason}; move it to where that log has gone, or give a new name`);
  }
};

/** One at a time; what a killed one has left is not locked. */
const lockPart = (part: string, action: string): (() => void) => {
  try {
    const lock = lockForWriting(part, 0);
    return () => lock.release();
  } catch (error) {
    const mapped = toEventStoreError(part, 'write', error);
    if (mapped.code !== 'locked') throw mapped;
    throw new EventStoreError('locked', `${action}: another backup or restore is writing ${part}; wait for its end`, {
      cause: error,
    });
  }
};

/** Not over a file that has come meanwhile; a disk that knows no links (a stick, a share) cannot tell, and takes the name. */
const giveName = async (part: string, path: string, action: string): Promise<void> => {
  try {
    await link(part, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw thereAlready(path, action);
    await rename(part, path);
  }
};

/** Also what looking at it has made beside it. */
const removeLog = async (path: string): Promise<void> => {
  for (const suffix of ['', '-wal', '-shm', '-journal']) await rm(`${path}${suffix}`, { force: true });
};

const sync = async (path: string): Promise<void> => {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

const notWhole = (action: string, { firstProblem }: VerifyReport): EventStoreError =>
  new EventStoreError(
    'corrupt',
    `${action}: the copy is not whole: ${firstProblem!.sentence}; verify what it was copied from, and the disk`,
  );

const thereAlready = (path: string, action: string): EventStoreError =>
  failed(`${action}: ${path} is there already; give a new name, or move that file away`);

const failed = (message: string, cause?: unknown): EventStoreError =>
  new EventStoreError('unavailable', message, cause === undefined ? {} : { cause });
