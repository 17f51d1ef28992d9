import { makeRecords, STREAMS } from '../common/records.js';
import type { Phase } from '../common/rounds.js';
import type { WireStore } from './wire-store.js';

/** Events that have been appended are waited for at most so long. */
const ARRIVAL_MS = 5_000;

/**
 * Single appends at a fixed rate, whether or not the ones before are done, and how long each takes from the call of append to the
 * subscriber. The rate that was kept is among the figures: where it is below the one offered, the times say less.
 */
export const appendToSubscriber = (ratePerSecond: number, weight: number): Phase<WireStore> => ({
  name: 'append_to_subscriber',
  weight,
  prepare(ms) {
    const records = makeRecords(Math.ceil((ratePerSecond * ms) / 1_000)).map((record) => [record]);
    return async (store) => {
      const sentAt = new Map<string, number>();
      const timesMs: number[] = [];
      let tellAll: () => void = () => undefined;
      const all = new Promise<void>((resolve) => (tellAll = resolve));
      const stop = await store.follow((id) => {
        const sent = sentAt.get(id);
        if (sent === undefined || !sentAt.delete(id)) return;
        if (timesMs.push(performance.now() - sent) === records.length) tellAll();
      });
      const start = performance.now();
      const appends = await offer(ratePerSecond, records.length, (n) => {
        sentAt.set(records[n]![0]!.id, performance.now());
        return store.append(n % STREAMS, records[n]!);
      });
      const ms = performance.now() - start;
      await Promise.all(appends);
      await within(ARRIVAL_MS, all, () => `${sentAt.size} of ${records.length} appended events have not come`);
      await stop();
      return { events: records.length, ms, timesMs };
    };
  },
});

/** Does what is due by the clock; timers are late by a millisecond or so, and what is due meanwhile comes at once. The first failure ends it. */
const offer = <T>(ratePerSecond: number, count: number, work: (n: number) => Promise<T>): Promise<Promise<T>[]> =>
  new Promise((resolve, reject) => {
    const begun: Promise<T>[] = [];
    const start = performance.now();
    const fail = (error: unknown): void => {
      clearInterval(timer);
      reject(error);
    };
    const timer = setInterval(() => {
      const due = Math.min(count, Math.ceil(((performance.now() - start) / 1_000) * ratePerSecond));
      while (begun.length < due) {
        const one = work(begun.length);
        one.catch(fail);
        begun.push(one);
      }
      if (begun.length < count) return;
      clearInterval(timer);
      resolve(begun);
    }, 1);
  });

const within = (ms: number, what: Promise<void>, reason: () => string): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${reason()} within ${ms} ms`)), ms);
    what.then(resolve, reject).finally(() => clearTimeout(timer));
  });
