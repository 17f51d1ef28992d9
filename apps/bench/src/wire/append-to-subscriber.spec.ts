import { expect, test } from 'vitest';
import { appendToSubscriber } from './append-to-subscriber.js';
import type { WireStore } from './wire-store.js';

/** Tells its follower of each append twice, `delayMs` later, and of other events too. */
const fake = (delayMs: number): WireStore & { readonly state: { follows: boolean } } => {
  let see: (id: string) => void = () => undefined;
  const state = { follows: false };
  return {
    state,
    append: async (_, [record]) => {
      setTimeout(() => {
        see('another event');
        see(record!.id);
        see(record!.id);
      }, delayMs);
    },
    readAll: async () => 0,
    follow: async (callback) => {
      see = callback;
      state.follows = true;
      return async () => void (state.follows = false);
    },
    close: async () => undefined,
  };
};

test('every append is timed once until its subscriber has it, at the rate that was asked for', async () => {
  const store = fake(5);
  const { events, ms, timesMs } = await appendToSubscriber(1_000, 1).prepare(50, 0)(store);
  expect(events).toBe(50);
  expect(timesMs).toHaveLength(50);
  expect(Math.min(...timesMs!)).toBeGreaterThanOrEqual(4);
  expect(ms).toBeGreaterThanOrEqual(48);
  expect(store.state.follows).toBe(false);
});

test('an append that fails fails the benchmark', async () => {
  const store: WireStore = { ...fake(0), append: () => Promise.reject(new Error('refused')) };
  await expect(appendToSubscriber(1_000, 1).prepare(3, 0)(store)).rejects.toThrow('refused');
});
