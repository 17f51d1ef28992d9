import { describe, expect, test } from 'vitest';
import type { NewEvent } from '../event-store.port.js';
import { retentionOf, scavengedTo, setRetention } from '../retention.js';
import {
  collect,
  expectShown,
  expectWholeLog,
  Follower,
  ids,
  newEvents,
  rejection,
  TestClock,
  type Target,
} from './contract-kit.js';
import { expectStreams, fill, written } from './fates.js';

export const scavengeContract = ({ open, can }: Target): void => {
  describe('scavenge', () => {
    test('leaves what is shown as it was: revisions, positions, data', async () => {
      const store = await open();
      const { log, hidden } = await fill(store);
      const shown = (await written(store)).filter(({ id }) => !ids([...hidden]).includes(id));
      await store.scavenge();
      const after = (await written(store)).filter(({ id }) => !ids([...hidden]).includes(id));
      expect(after).toEqual(shown);
      await expectWholeLog(store, log, (event) => !hidden.has(event));
      await expectStreams(store);
      for (const { position, recordedAt } of after) {
        expect(await store.positionAt(recordedAt)).toBeGreaterThanOrEqual(position);
      }
      expect(store.health().state).toBe('up');
    });

    test('leaves streams where they are', async () => {
      const store = await open();
      await fill(store);
      const head = await store.head();
      await store.scavenge();
      for (const [stream, last] of [
        ['counted', 3n],
        ['truncated', 3n],
        ['deleted', 3n],
        ['begun-again', 4n],
      ] as const) {
        await rejection(store.append(stream, last - 1n, newEvents(1)), 'wrong-expected-revision');
        const { revision, position } = await store.append(stream, last, newEvents(1));
        expect(revision).toBe(last + 1n);
        expect(position).toBeGreaterThan(head!);
      }
      await expectShown(store, 'deleted', [4]);
      await rejection(store.append('tombstoned', 'any', newEvents(1)), 'stream-deleted');
      expect(await retentionOf(store, 'counted')).toEqual({ maxCount: 1 });
    });

    test('keeps what is appended meanwhile, and whoever follows sees it', async () => {
      const store = await open();
      await fill(store);
      const follower = new Follower(store, { after: 'end', filter: { streamPrefixes: ['busy-'] } });
      const appends: NewEvent[] = [];
      let done = false;
      const scavenging = store.scavenge().finally(() => (done = true));
      while (!done || appends.length < 20) {
        const [event] = newEvents(1) as [NewEvent];
        await store.append(`busy-${appends.length % 3}`, 'any', [event]);
        appends.push(event);
      }
      await scavenging;
      await follower.untilSeen(appends.length);
      expect(ids(follower.seen)).toEqual(ids(appends));
      expect(ids(await collect(store.readAll({ filter: { streamPrefixes: ['busy-'] } })))).toEqual(ids(appends));
    });

    test('finds by their ids the events that are still shown', async () => {
      const store = await open();
      const batch = newEvents(3);
      const first = await store.append('s', 'any', batch);
      await setRetention(store, 's', { truncateBefore: 1n });
      await store.scavenge();
      expect(await store.append('s', 0n, batch.slice(1))).toEqual(first);
      await expectShown(store, 's', [1, 2]);
    });

    test('of a log in which nothing is hidden removes nothing', async () => {
      const store = await open();
      const events = newEvents(5);
      await store.append('s', 'any', events);
      const result = await store.scavenge();
      if (can.scavenge === 'whole') expect(result.removedEvents).toBe(0);
      await expectWholeLog(store, events, () => true);
    });
  });

  if (can.scavenge !== 'whole') return;
  describe('scavenge of a store that removes all', () => {
    test('takes what is hidden out of the whole log, and tells how much and up to where', async () => {
      const store = await open();
      const { log, hidden, removed } = await fill(store);
      expect(await scavengedTo(store)).toBeUndefined();
      const { removedEvents, freedBytes } = await store.scavenge();
      expect(removedEvents).toBe(hidden.size);
      expect(freedBytes).toBeGreaterThanOrEqual(0);
      expect(await scavengedTo(store)).toBe(removed.at(-1)!.position);
      const shown = ids(log.filter((event) => !hidden.has(event)));
      expect(ids(await written(store))).toEqual(shown);
      expect(ids(await collect(store.readAll({ direction: 'backwards' }))).reverse()).toEqual(shown);
      expect(await collect(store.readAll({ filter: { types: ['In deleted', 'In tombstoned'] } }))).toEqual([]);
      const follower = new Follower(store, { after: 'start' });
      await follower.untilCaughtUp();
      expect(ids(follower.seen)).toEqual(shown);
    });

    test('done again removes nothing more, and still tells up to where', async () => {
      const store = await open();
      const { removed } = await fill(store);
      await store.scavenge();
      expect((await store.scavenge()).removedEvents).toBe(0);
      expect(await scavengedTo(store)).toBe(removed.at(-1)!.position);
      await store.deleteStream('kept');
      expect((await store.scavenge()).removedEvents).toBe(4);
      // The last of them lies before what was removed already.
      expect(await scavengedTo(store)).toBe(removed.at(-1)!.position);
      await expectShown(store, 'kept', []);
    });

    test('reads and subscriptions from a place that is gone go on with the next event', async () => {
      const store = await open();
      const { hidden, removed } = await fill(store);
      const all = await written(store);
      await store.scavenge();
      const gone = new Set(ids([...hidden]));
      for (const { position } of removed) {
        const next = ids(all.filter((event) => event.position > position && !gone.has(event.id)));
        expect(ids(await collect(store.readAll({ after: position })))).toEqual(next);
        expect(ids(await collect(store.readAll({ from: position })))).toEqual(next);
        const before = all.filter((event) => event.position < position && !gone.has(event.id)).reverse();
        expect(ids(await collect(store.readAll({ direction: 'backwards', from: position })))).toEqual(ids(before));
        const follower = new Follower(store, { after: position });
        await follower.untilCaughtUp();
        await follower.stop();
        expect(ids(follower.seen)).toEqual(next);
      }
    });

    test('lets ids of removed events come again', async () => {
      const store = await open();
      const batch = newEvents(2);
      await store.append('s', 'any', batch);
      await store.deleteStream('s');
      await store.scavenge();
      const { revision } = await store.append('s', 'no-stream', batch);
      expect(revision).toBe(3n);
      await expectShown(store, 's', [2, 3]);
      expect(ids(await written(store))).toEqual(ids(batch));
    });

    test('empties a log whose every stream is gone, and the log goes on', async () => {
      const store = await open();
      await store.append('s', 'any', newEvents(3));
      await store.append('t', 'any', newEvents(3));
      const head = await store.head();
      await store.deleteStream('s');
      await store.tombstoneStream('t');
      await store.scavenge();
      expect(await collect(store.readAll())).toEqual([]);
      const { revision, position } = await store.append('s', 'any', newEvents(1));
      expect(revision).toBe(3n);
      expect(position).toBeGreaterThan(head!);
    });

    test('shows a reader that is behind a log without gaps', async () => {
      const store = await open({ liveEvents: 4 });
      const follower = new Follower(store, { after: 'start', maxBatch: 2 });
      const { log, hidden } = await fill(store);
      await follower.untilSeenAtLeast(2);
      const seen = ids(follower.seen);
      await store.scavenge();
      const shown = ids(log.filter((event) => !hidden.has(event)));
      await follower.untilSeenAll(shown);
      expect(ids(follower.seen).filter((id) => shown.includes(id))).toEqual(shown);
      expect(ids(follower.seen).slice(0, seen.length)).toEqual(seen);
    });

    if (!can.clock) return;
    test('takes old events out, by the clock of the log', async () => {
      const clock = new TestClock();
      const store = await open({ now: clock.now });
      const old = newEvents(3);
      await store.append('s', 'any', old);
      clock.advance(61);
      const young = newEvents(2);
      await store.append('s', 'any', young);
      await setRetention(store, 's', { maxAgeSeconds: 60 }, clock.now);
      expect((await store.scavenge()).removedEvents).toBe(3);
      expect(ids(await written(store))).toEqual(ids(young));
      clock.advance(61);
      expect((await store.scavenge()).removedEvents).toBe(2);
      expect((await store.append('s', 4n, newEvents(1))).revision).toBe(5n);
    });
  });
};
