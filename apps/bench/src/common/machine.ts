import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { filesystemOf } from './filesystem.js';
import { SMALLEST_PAYLOAD_BYTES } from './records.js';

/** Where and with what is measured, in a sentence. */
export const circumstances = (folder: string, load = loadavg()[0]!, cores = availableParallelism()): string => {
  const filesystem = filesystemOf(folder);
  const disk = filesystem === 'tmpfs' ? 'tmpfs, which is memory and no disk: give another --dir' : filesystem;
  const busy = load > cores / 2 ? '; others are at work here, so trust CPU times more than rates' : '';
  return `events of ${SMALLEST_PAYLOAD_BYTES} bytes or a few more on ${disk}; ${cores} cores with a load of ${load.toFixed(1)} before${busy}`;
};

/** Runs with a new folder within `dir`, which is gone afterwards. */
export const withFolder = async <T>(dir: string, prefix: string, work: (folder: string) => Promise<T>): Promise<T> => {
  mkdirSync(dir, { recursive: true });
  const folder = mkdtempSync(join(dir, prefix));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
