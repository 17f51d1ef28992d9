import { readFileSync, realpathSync } from 'node:fs';

/** The kind of file system that a folder is on, by the longest mount point above it. */
export const filesystemOf = (folder: string): string => {
  const path = realpathSync(folder);
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, point]) => point !== undefined && (point === '/' || path === point || path.startsWith(`${point}/`)));
  return mounts.sort((a, b) => b[1]!.length - a[1]!.length)[0]?.[2] ?? 'unknown file system';
};
