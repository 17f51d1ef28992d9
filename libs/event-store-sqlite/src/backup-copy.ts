import { chmod, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { EventStoreError } from '@millwright/event-store';
import { WorkerClient } from '@millwright/sqlite';
import type { Copied } from './backup.worker.js';
import { toEventStoreError } from './map-error.js';

const COPIER = new URL('../dist/backup.worker.js', import.meta.url);
/** A copy of a large log takes its time; a thread that died is noticed at once. */
const COPY_DEADLINE_MS = 24 * 60 * 60_000;
const OPEN_DEADLINE_MS = 60_000;

/**
 * Copies a log, as it is at one moment, in a thread of its own. `restored`: tells in the copy that it is a restored log. A copy that may
 * not fit is not begun: it would take the last of the disk from the log, where that lies there too.
 */
export const copyLog = async (from: string, to: string, action: string, { restored = false } = {}): Promise<Copied> => {
  const source = resolve(from);
  const copier = new WorkerClient(COPIER, { name: "the log's copier", workerData: { path: source } });
  try {
    await copier.ready(OPEN_DEADLINE_MS);
    await checkRoom(to, await copier.call<number>('bytes', undefined, OPEN_DEADLINE_MS), action);
    const copied = await copier.call<Copied>('copy', to, COPY_DEADLINE_MS);
    if (restored) await copier.call('markRestored', { path: to, now: Date.now() }, OPEN_DEADLINE_MS);
    // Whoever may not read the log may not read its copy.
    await chmod(to, (await stat(source)).mode);
    return copied;
  } catch (error) {
    if (error instanceof EventStoreError) throw error;
    const mapped = toEventStoreError(from, 'copy', error);
    throw mapped.code === 'disk-full' ? noRoom(to, action, 'its disk is full', mapped) : mapped;
  } finally {
    await copier.close();
  }
};

const checkRoom = async (to: string, bytes: number, action: string): Promise<void> => {
  const { bavail, bsize } = await statfs(dirname(to));
  const free = bavail * bsize;
  if (bytes > free) throw noRoom(to, action, `it takes up to ${megabytes(bytes)}, its disk has ${megabytes(free)}`);
};

const noRoom = (to: string, action: string, reason: string, cause?: Error): EventStoreError =>
  new EventStoreError(
    'disk-full',
    `${action}: there is no room for ${to}: ${reason}; free space there, or give a path on another disk`,
    cause && { cause },
  );

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
