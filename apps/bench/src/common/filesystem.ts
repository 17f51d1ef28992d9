import { existsSync, readFileSync, realpathSync } from 'node:fs';

/** The kind of file system that a folder is on, by the longest mount point above it. */
export const filesystemOf = (folder: string, mounts = mountsHere()): string => {
  const path = realpathSync(folder);
  const above = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, point]) => point !== undefined && (point === '/' || path === point || path.startsWith(`${point}/`)));
  return above.sort((a, b) => b[1]!.length - a[1]!.length)[0]?.[2] ?? 'unknown file system';
};

/** Empty where the system does not tell. */
const mountsHere = (): string => (existsSync('/proc/mounts') ? readFileSync('/proc/mounts', 'utf8') : '');
