import { expect, test } from 'vitest';
import { GroupCommit } from './group-commit.js';

test('what waits during one group goes into the next, in order', async () => {
  const groups: string[][] = [];
  const commits = new GroupCommit<string>(async (group) => {
    groups.push([...group]);
    await new Promise((resolve) => setImmediate(resolve));
  });
  const first = ['a', 'b'].map((item) => commits.add(item));
  await Promise.resolve().then(() => undefined);
  const second = ['c', 'd', 'e'].map((item) => commits.add(item));
  await Promise.all([...first, ...second]);
  await commits.add('f');
  expect(groups).toEqual([['a', 'b'], ['c', 'd', 'e'], ['f']]);
});

test('a group that fails rejects its items, and the next one is written', async () => {
  let fail = true;
  const commits = new GroupCommit<number>(async () => {
    if (fail) throw new Error('disk full');
  });
  await expect(commits.add(1)).rejects.toThrow('disk full');
  fail = false;
  await expect(commits.add(2)).resolves.toBeUndefined();
});
