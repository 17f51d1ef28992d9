import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { EventStoreError, type Position } from '@millwright/event-store';
import { WorkerClient } from '@millwright/sqlite';
import type { Copied } from './backup.worker.js';
import { toEventStoreError } from './map-error.js';
import { verifyFile } from './verify-file.js';

export interface BackupResult {
  readonly path: string;
  /** The log up to here is in the copy; undefined for an empty log. */
  readonly position: Position | undefined;
  readonly events: number;
  readonly bytes: number;
  readonly tookMs: number;
}

const COPIER = new URL('../dist/backup.worker.js', import.meta.url);
/** A copy of a large log takes its time; a thread that died is noticed at once. */
const COPY_DEADLINE_MS = 24 * 60 * 60_000;
const OPEN_DEADLINE_MS = 60_000;

/**
 * Copies a log to a new file, whole up to one position, also while a process writes it: appends go on, and only the WAL grows until the copy
 * is done. The copy is compared with its digests, and durable, before it bears its name. Rejects when the target is there already.
 */
export const backupLog = async (from: string, to: string): Promise<BackupResult> => {
  const begun = performance.now();
  const path = resolve(to);
  const { position, events } = await intoPlace(path, `back up ${from}`, async (part) => {
    const copier = new WorkerClient(COPIER, { name: "the log's copier", workerData: { path: resolve(from) } });
    try {
      await copier.ready(OPEN_DEADLINE_MS);
      return await copier.call<Copied>('copy', part, COPY_DEADLINE_MS);
    } catch (error) {
      throw toEventStoreError(from, 'back up', error);
    } finally {
      await copier.close();
    }
  });
  return {
    path,
    position: position === undefined ? undefined : BigInt(position),
    events,
    bytes: (await stat(path)).size,
    tookMs: performance.now() - begun,
  };
};

/**
 * Makes a file under another name, checks that it is a whole log, brings it to the disk and gives it its name: whoever looks finds the whole
 * file, or none.
 */
export const intoPlace = async <T>(path: string, action: string, make: (part: string) => Promise<T>): Promise<T> => {
  if (existsSync(path)) throw failed(`${action}: ${path} is there already; give a new name, or move that file away`);
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  await removeLog(part);
  try {
    const result = await make(part);
    const { ok, firstProblem } = await verifyFile(part);
    if (!ok) throw new EventStoreError('corrupt', `${action}: the copy is not whole: ${firstProblem!.sentence}`);
    // Looking at it has made files beside it.
    for (const suffix of ['-wal', '-shm', '-lock']) await rm(`${part}${suffix}`, { force: true });
    await sync(part);
    await rename(part, path);
    await sync(dirname(path));
    return result;
  } catch (error) {
    await removeLog(part);
    throw error instanceof EventStoreError ? error : failed(`${action}: ${(error as Error).message}`, error);
  }
};

const removeLog = async (path: string): Promise<void> => {
  for (const suffix of ['', '-wal', '-shm', '-lock', '-journal']) await rm(`${path}${suffix}`, { force: true });
};

const sync = async (path: string): Promise<void> => {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

const failed = (message: string, cause?: unknown): EventStoreError =>
  new EventStoreError('unavailable', message, cause === undefined ? {} : { cause });
