import { expect, test } from 'vitest';
import { oneByOne } from './one-by-one.js';

const state = { asked: 0, closed: false };
async function* pages(...all: readonly (readonly number[] | Error)[]): AsyncGenerator<readonly number[]> {
  Object.assign(state, { asked: 0, closed: false });
  try {
    for (const page of all) {
      state.asked++;
      await new Promise((resolve) => setImmediate(resolve));
      if (page instanceof Error) throw page;
      yield page;
    }
  } finally {
    state.closed = true;
  }
}

const text = (n: number): string => `${n}`;

test('gives the items of all pages in order, empty pages too, and then ends for good', async () => {
  const items = oneByOne(() => pages([1, 2], [], [3]), text);
  const seen: string[] = [];
  for await (const item of items) seen.push(item);
  expect(seen).toEqual(['1', '2', '3']);
  expect(await items.next()).toEqual({ done: true, value: undefined });
});

test('asks for nothing before the first item is wanted, and for the next page when the last one has been taken', async () => {
  let begun = 0;
  const items = oneByOne(() => (begun++, pages([1, 2], [3])), text);
  expect(begun).toBe(0);
  await items.next();
  await items.next();
  expect([begun, state.asked]).toEqual([1, 1]);
});

test('items asked for at once come each once and in order, across pages', async () => {
  const items = oneByOne(() => pages([1, 2], [3, 4], [5]), text);
  const asked = Array.from({ length: 7 }, () => items.next());
  const order: unknown[] = [];
  asked.forEach((one) => void one.then(({ value }) => order.push(value)));
  await asked[0]!;
  const late = items.next();
  const values = (await Promise.all([...asked, late])).map(({ value }) => value as unknown);
  expect(values).toEqual(['1', '2', '3', '4', '5', undefined, undefined, undefined]);
  expect(order).toEqual(values.slice(0, 7));
});

test('who leaves closes the pages, and gets nothing more', async () => {
  const items = oneByOne(() => pages([1, 2], [3]), text);
  for await (const item of items) {
    expect(item).toBe('1');
    break;
  }
  expect(state.closed).toBe(true);
  expect(await items.next()).toEqual({ done: true, value: undefined });
  const untouched = oneByOne(() => pages([1]), text);
  await untouched.return!();
  expect(await untouched.next()).toEqual({ done: true, value: undefined });
});

test('an error comes once, after the items before it', async () => {
  const items = oneByOne(() => pages([1], new Error('torn')), text);
  expect(await items.next()).toEqual({ done: false, value: '1' });
  await expect(items.next()).rejects.toThrow('torn');
  expect(await items.next()).toEqual({ done: true, value: undefined });
});

test('pages that cannot be begun fail the first item', async () => {
  const items = oneByOne(() => {
    throw new Error('closed');
  }, text);
  await expect(items.next()).rejects.toThrow('closed');
});
