import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { EventStoreError } from '@millwright/event-store';
import { copyLog } from './backup-copy.js';
import { intoPlace } from './backup-place.js';
import { toEventStoreError } from './map-error.js';
import { verifyFile, type VerifyReport } from './verify-file.js';
import { lockForWriting, type WriterLock } from './writer-lock.js';

/** A process that is ending may take a moment to be gone. */
const LOCK_WAIT_MS = 1_000;

/**
 * Makes a log of a backup, after comparing it with its digests, and gives what was found. Rejects with `corrupt` when the backup is not
 * whole, with `locked` while a process has a log of that name open, and when the target is there: a log is never written over.
 *
 * The new log tells in `$restores` what was lost (see `restoresOf`), so that what was made of the lost log (a read model) is noticed.
 */
export const restoreLog = async (backup: string, to: string): Promise<VerifyReport> => {
  const source = resolve(backup);
  const path = resolve(to);
  const report = await verifyFile(source);
  if (!report.ok) {
    throw new EventStoreError(
      'corrupt',
      `the backup ${backup} is not whole: ${report.firstProblem!.sentence}; take an older one`,
    );
  }
  const action = `restore ${backup}`;
  await mkdir(dirname(path), { recursive: true });
  // Until the log is there: a server that starts meanwhile would begin an empty one.
  const lock = lockLog(path, action);
  try {
    await intoPlace(path, action, (part) => copyLog(source, part, action, { restored: true }));
  } finally {
    lock.release();
  }
  return report;
};

const lockLog = (path: string, action: string): WriterLock => {
  try {
    return lockForWriting(path, LOCK_WAIT_MS);
  } catch (error) {
    throw toEventStoreError(path, action, error);
  }
};
