import { expect, test } from 'vitest';
import { filesystemOf } from './filesystem.js';

const MOUNTS = `/dev/vda / ext4 rw 0 0
tmpfs /proc tmpfs rw 0 0
proc /proc/self/fd proc rw 0 0
tmpfs /pro tmpfs rw 0 0`;

test('the longest mount point above a folder counts', () => {
  expect(filesystemOf('/usr', MOUNTS)).toBe('ext4');
  expect(filesystemOf('/proc', MOUNTS)).toBe('tmpfs');
  expect(filesystemOf('/usr', '')).toBe('unknown file system');
});
