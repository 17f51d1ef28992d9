import { expect, test } from 'vitest';
import { Groups } from './groups.js';

const items = Array.from({ length: 1_000 }, (_, i) => i);

/** A server that takes so many items per call. */
const server = (max: number) => {
  const calls: number[] = [];
  return {
    calls,
    call: (group: readonly number[]): Promise<number[]> => {
      calls.push(group.length);
      if (group.length > max) return Promise.reject(new Error(`serviceResult = BadTooManyOperations (0x80100000)`));
      return Promise.resolve(group.map((i) => i * 2));
    },
  };
};

test('all at once where the server takes them', async () => {
  const { calls, call } = server(10_000);
  expect(await new Groups().run(items, call)).toEqual(items.map((i) => i * 2));
  expect(calls).toEqual([500, 500]);
});

test('a server that takes 100 per call gets fewer, and the size is remembered', async () => {
  const { calls, call } = server(100);
  const groups = new Groups();
  expect(await groups.run(items, call)).toEqual(items.map((i) => i * 2));
  expect(calls.slice(0, 4)).toEqual([500, 250, 125, 63]);
  expect(Math.max(...calls.slice(3))).toBe(63);
  calls.length = 0;
  await groups.run(items.slice(0, 70), call);
  expect(calls).toEqual([63, 7]);
});

test('one item too many, another error, or a wrong count ends it', async () => {
  await expect(new Groups().run([1], server(0).call)).rejects.toThrow('BadTooManyOperations');
  await expect(new Groups().run(items, () => Promise.reject(new Error('BadSessionClosed')))).rejects.toThrow(
    'BadSessionClosed',
  );
  await expect(new Groups().run([1, 2], () => Promise.resolve([1]))).rejects.toThrow('1 results for 2 items');
});

test('nothing asked for, nothing called', async () => {
  const { calls, call } = server(10);
  expect(await new Groups().run([], call)).toEqual([]);
  expect(calls).toEqual([]);
});
