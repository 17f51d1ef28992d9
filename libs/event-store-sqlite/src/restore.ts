import { copyFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EventStoreError } from '@millwright/event-store';
import { intoPlace } from './backup.js';
import { verifyFile, type VerifyReport } from './verify-file.js';
import { lockForWriting } from './writer-lock.js';

/** A process that is ending may take a moment to be gone. */
const LOCK_WAIT_MS = 1_000;

/**
 * Makes a log of a backup, after comparing it with its digests. Rejects with `corrupt` when the backup is not whole, with `locked` while a
 * process has a log of that name open, and when the target is there: a log is never written over.
 *
 * What was made of the log that it replaces (a read model) finds out by the id of the last event it has seen, and is built anew.
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
  await intoPlace(path, `restore ${backup}`, async (part) => {
    const release = lock(path);
    try {
      await copyFile(source, part);
    } finally {
      release();
    }
  });
  return report;
};

const lock = (path: string): (() => void) => {
  try {
    const held = lockForWriting(path, LOCK_WAIT_MS);
    return () => held.release();
  } catch (error) {
    throw new EventStoreError('locked', `restore: ${(error as Error).message}`, { cause: error });
  }
};
