import { expect, test } from 'vitest';
import { countUntil, LOOK_AT_TIME } from './count-until.js';

async function* numbers(count: number): AsyncGenerator<number> {
  for (let n = 1; n <= count; n++) yield n;
}

test('a read goes to its end, or stops soon after its time is up', async () => {
  expect(await countUntil(numbers(1_000), Infinity, () => true)).toBe(1_000);
  expect(await countUntil(numbers(1_000), 0, () => true)).toBe(LOOK_AT_TIME);
});

test('an event without its data fails the benchmark', async () => {
  await expect(countUntil(numbers(5), Infinity, (n) => n !== 3)).rejects.toThrow('event 2');
});
