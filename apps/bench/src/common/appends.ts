import { makeRecords, STREAMS } from './records.js';
import type { Phase, Slot } from './rounds.js';
import type { Store } from './store.js';

/**
 * Single appends over all streams, so many waiting at once. Records are made beforehand for `most` events a second; a slot that has used
 * them all up ends early.
 */
export const singles = (name: string, inFlight: number, most: number): Phase<Store> => ({
  name,
  prepare(ms) {
    const appends = makeRecords(Math.ceil((most * ms) / 1_000)).map((record) => [record]);
    return async (store) => {
      const timesMs: number[] = [];
      let next = 0;
      const start = performance.now();
      const one = async (): Promise<void> => {
        for (let begun = start; next < appends.length && begun < start + ms; begun = performance.now()) {
          const n = next++;
          await store.append(n % STREAMS, appends[n]!);
          if (inFlight === 1) timesMs.push(performance.now() - begun);
        }
      };
      await Promise.all(Array.from({ length: inFlight }, one));
      return { events: next, ms: performance.now() - start, ...(inFlight === 1 && { timesMs }) };
    };
  },
});

/** Batches one after the other, each durable before the next; `most` as above. */
export const batches = (name: string, size: number, most: number): Phase<Store> => ({
  name,
  prepare(ms) {
    const count = Math.ceil((most * ms) / 1_000 / size);
    const appends = Array.from({ length: count }, (_, n) => makeRecords(size, n * size));
    return async (store) => {
      const start = performance.now();
      let next = 0;
      for (; next < count && performance.now() < start + ms; next++) await store.append(next % STREAMS, appends[next]!);
      return { events: next * size, ms: performance.now() - start };
    };
  },
});

export const readAll: Phase<Store> = {
  name: 'read_all',
  prepare: (ms) => (store) => timed(ms, (until) => store.readAll(until)),
};

export const readAllParsed: Phase<Store> = {
  name: 'read_all_parsed',
  applies: (store) => store.readAllParsed !== undefined,
  prepare: (ms) => (store) => timed(ms, (until) => store.readAllParsed!(until)),
};

/** One stream after the other, each from its beginning. */
export const readStream: Phase<Store> = {
  name: 'read_stream',
  applies: (store) => store.readStream !== undefined,
  prepare: (ms) => (store) =>
    timed(ms, async (until) => {
      let events = 0;
      for (let stream = 0; stream < STREAMS && performance.now() < until; stream++) {
        events += await store.readStream!(stream, until);
      }
      return events;
    }),
};

const timed = async (ms: number, work: (until: number) => Promise<number>): Promise<Slot> => {
  const start = performance.now();
  const events = await work(start + ms);
  return { events, ms: performance.now() - start };
};
