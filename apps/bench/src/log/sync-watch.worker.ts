import { readdirSync, readFileSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

/** Numbers of fsync and fdatasync. */
const SYNC_CALLS: Partial<Record<string, RegExp>> = { x64: /^7[45] /, arm64: /^8[23] / };

/** Looks at what system call each thread of this process is in, until one is in fsync or fdatasync, or `stop` is set. */
const { seen, stop } = workerData as { readonly seen: Int32Array; readonly stop: Int32Array };
const isSync = SYNC_CALLS[process.arch];
const callOf = (thread: string): string => {
  try {
    return readFileSync(`/proc/self/task/${thread}/syscall`, 'utf8');
  } catch {
    // The thread has ended meanwhile.
    return '';
  }
};
while (Atomics.load(stop, 0) === 0 && Atomics.load(seen, 0) === 0) {
  if (readdirSync('/proc/self/task').some((thread) => isSync?.test(callOf(thread)))) Atomics.store(seen, 0, 1);
}
