import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { circumstances, withFolder } from './machine.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'millwright-bench-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a busy machine is said to be one', () => {
  expect(circumstances(folder, 0.2, 2)).toMatch(/2 cores with a load of 0\.2 before$/);
  expect(circumstances(folder, 3.25, 2)).toMatch(/load of 3\.3 before; others are at work here/);
});

test('the folder of a run is gone afterwards, also when it fails', async () => {
  const dir = join(folder, 'a/b');
  let made = '';
  const work = withFolder(dir, 'log-', async (path) => {
    made = path;
    expect(existsSync(path)).toBe(true);
    throw new Error('disk full');
  });
  await expect(work).rejects.toThrow('disk full');
  expect(made.startsWith(join(dir, 'log-'))).toBe(true);
  expect(existsSync(made)).toBe(false);
});
