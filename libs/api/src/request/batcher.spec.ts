import { describe, expect, it } from 'vitest';
import { Batcher } from './batcher.js';
import { commonAncestor } from './plant-scope.js';

describe('a batcher', () => {
  it('asks once for what is asked in one turn, also after promises of that turn, and keeps the answers', async () => {
    const asked: (readonly number[])[] = [];
    const batcher = new Batcher<number, string>(async (keys) => {
      asked.push(keys);
      return keys.map((key) => `v${key}`);
    });
    const later = Promise.resolve().then(() => batcher.load(3));
    expect(await Promise.all([batcher.load(1), batcher.load(2), batcher.load(1), later])).toEqual([
      'v1',
      'v2',
      'v1',
      'v3',
    ]);
    expect(asked).toEqual([[1, 2, 3]]);
    expect(await batcher.load(2)).toBe('v2');
    expect(await batcher.load(4)).toBe('v4');
    expect(asked).toEqual([[1, 2, 3], [4]]);
  });

  it('fails for each that asked', async () => {
    const batcher = new Batcher<number, string>(() => Promise.reject(new Error('down')));
    const results = await Promise.allSettled([batcher.load(1), batcher.load(2)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

describe('the common ancestor', () => {
  it.each<[string[], string | undefined]>([
    [['a/b/c', 'a/b/d'], 'a/b'],
    [['a/b', 'a/b/d'], 'a/b'],
    [['a/b1', 'a/b'], 'a'],
    [['a/b'], 'a/b'],
    [['a', 'b'], undefined],
  ])('of %j is %s', (assets, expected) => expect(commonAncestor(assets)).toBe(expected));
});
