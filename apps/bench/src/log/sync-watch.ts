import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

const WORKER = new URL('../../dist/log/sync-watch.worker.js', import.meta.url);

/** Linux tells of each thread which system call it is in; elsewhere that cannot be seen. */
export const canSeeSyncs = (): boolean =>
  existsSync('/proc/self/task') && (process.arch === 'x64' || process.arch === 'arm64');

/**
 * Appends, one after the other, until a thread of this process has been seen in fsync or fdatasync. False when none was within so many
 * appends: they are not durable when they return.
 */
export const isSynced = async (append: (n: number) => Promise<unknown>, most = 2_000): Promise<boolean> => {
  const cell = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));
  const [seen, stop] = [cell(), cell()];
  const watcher = new Worker(WORKER, { workerData: { seen, stop }, execArgv: [] });
  try {
    await new Promise((resolve, reject) => watcher.once('online', resolve).once('error', reject));
    for (let n = 0; n < most && Atomics.load(seen, 0) === 0; n++) await append(n);
    return Atomics.load(seen, 0) === 1;
  } finally {
    Atomics.store(stop, 0, 1);
    await watcher.terminate();
  }
};
