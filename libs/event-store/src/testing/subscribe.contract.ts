import { describe, expect, test } from 'vitest';
import type { EventStore } from '../event-store.port.js';
import { collect, Follower, ids, newEvent, newEvents, newStream, rejection, type Target } from './contract-kit.js';

const appendSingly = async (store: EventStore, count: number, stream = 's'): Promise<string[]> => {
  const events = newEvents(count);
  for (const event of events) await store.append(stream, 'any', [event]);
  return ids(events);
};

export const subscribeContract = ({ open, share }: Target): void => {
  describe('subscribe', () => {
    const shared = share();

    test('from the start: the backlog, caught up, then live', async () => {
      const store = await open();
      const before = await appendSingly(store, 3);
      const follower = new Follower(store, { after: 'start' });
      await follower.untilCaughtUp();
      expect(ids(follower.seen)).toEqual(before);
      expect(follower.caughtUpAt).toEqual([await store.head()]);
      const live = await appendSingly(store, 2);
      await follower.untilSeen(5);
      expect(ids(follower.seen)).toEqual([...before, ...live]);
      expect(follower.seen).toEqual(await collect(store.readAll()));
      await follower.stop();
    });

    test('to an empty log: caught up at no position, then the first event', async () => {
      const store = await open();
      const follower = new Follower(store, { after: 'start' });
      await follower.untilCaughtUp();
      expect(follower.caughtUpAt).toEqual([undefined]);
      const first = await appendSingly(store, 1);
      await follower.untilSeen(1);
      expect(ids(follower.seen)).toEqual(first);
    });

    test('from the end: only what comes after the call, even when it is pulled later', async () => {
      const store = await open();
      await appendSingly(store, 3);
      const head = await store.head();
      const quiet = new Follower(store, { after: 'end' });
      await quiet.untilCaughtUp();
      expect(quiet.caughtUpAt).toEqual([head]);
      const late = new Follower(store, { after: 'end' });
      const live = await appendSingly(store, 2);
      for (const follower of [quiet, late]) {
        await follower.untilSeen(2);
        expect(ids(follower.seen)).toEqual(live);
      }
    });

    test('from a position: exclusive of it', async () => {
      const store = await open();
      const all = await appendSingly(store, 4);
      const { position } = (await collect(store.readAll({ maxCount: 2 })))[1]!;
      const follower = new Follower(store, { after: position });
      await follower.untilCaughtUp();
      expect(ids(follower.seen)).toEqual(all.slice(2));
    });

    test('resumed at any event goes on with the next one', async () => {
      const store = await open({ liveEvents: 4 });
      const all = await appendSingly(store, 12);
      for (const [index, { position }] of (await collect(store.readAll())).entries()) {
        const follower = new Follower(store, { after: position });
        await follower.untilCaughtUp();
        expect(ids(follower.seen)).toEqual(all.slice(index + 1));
      }
    });

    test('with a filter: nothing else, and caught up at the end of the whole log', async () => {
      const store = await open();
      await store.append('asset-a', 'any', [newEvent('Odd'), newEvent('Even')]);
      await store.append('derived-a', 'any', [newEvent('Odd')]);
      const follower = new Follower(store, { after: 'start', filter: { streamPrefixes: ['asset-'], types: ['Odd'] } });
      await follower.untilCaughtUp();
      expect(follower.caughtUpAt).toEqual([await store.head()]);
      await store.append('derived-a', 'any', [newEvent('Odd')]);
      await store.append('asset-b', 'any', [newEvent('Even'), newEvent('Odd')]);
      await follower.untilSeen(2);
      expect(follower.seen.map(({ stream, revision }) => [stream, revision])).toEqual([
        ['asset-a', 0n],
        ['asset-b', 1n],
      ]);
    });

    test('hands over batches of at most maxBatch', async () => {
      const store = await open();
      await store.append('s', 'any', newEvents(10));
      const sizes: number[] = [];
      for await (const item of store.subscribe({ after: 'start', maxBatch: 4 })) {
        if (item.kind === 'caught-up') break;
        sizes.push(item.events.length);
      }
      expect(sizes.every((size) => size >= 1 && size <= 4)).toBe(true);
      expect(sizes.reduce((a, b) => a + b)).toBe(10);
    });

    test('a reader slower than the writer loses and repeats nothing', async () => {
      const store = await open({ liveEvents: 8 });
      const follower = new Follower(store, { after: 'start', maxBatch: 5 });
      await follower.untilCaughtUp();
      const sent: string[] = [];
      for (let round = 1; round <= 4; round++) {
        sent.push(...(await appendSingly(store, 30)));
        await follower.untilSeenAtLeast(sent.length - 20);
      }
      await follower.untilSeen(sent.length);
      expect(ids(follower.seen)).toEqual(sent);
      sent.push(...(await appendSingly(store, 1)));
      await follower.untilSeen(sent.length);
      expect(ids(follower.seen)).toEqual(sent);
    });

    test('a reader that has fallen behind is told again when it has caught up', async () => {
      const store = await open({ liveEvents: 4 });
      const follower = new Follower(store, { after: 'start', maxBatch: 3 });
      await follower.untilCaughtUp();
      const sent = await appendSingly(store, 20);
      // When another one has seen them all, the recent ones in memory do not reach back to the first.
      await new Follower(store, { after: 'start' }).untilSeen(20);
      await follower.untilCaughtUp();
      const { position } = follower.seen.at(-1)!;
      expect(follower.caughtUpAt).toEqual([undefined, position]);
      await follower.untilSeen(20);
      expect(ids(follower.seen)).toEqual(sent);
    });

    test('while many append at once: every reader sees the log, in its order', async () => {
      const store = await open({ liveEvents: 16 });
      const whole = new Follower(store, { after: 'start', maxBatch: 7 });
      const part = new Follower(store, { after: 'start', filter: { streamPrefixes: ['a'] } });
      const writing = Promise.all(newEvents(200).map((event, n) => store.append('abcd'.charAt(n % 4), 'any', [event])));
      await Promise.all([whole.untilSeen(200), part.untilSeen(50), writing]);
      const log = ids(await collect(store.readAll()));
      expect(ids(whole.seen)).toEqual(log);
      expect(ids(part.seen)).toEqual(ids(await collect(store.readStream('a'))));
    });

    test('the same one, iterated twice, is two readers from one place', async () => {
      const store = shared();
      const stream = newStream();
      const sent = await appendSingly(store, 2, stream);
      const subscription = store.subscribe({ after: 'start', filter: { streamPrefixes: [stream] } });
      for (let i = 0; i < 2; i++) {
        for await (const item of subscription) {
          if (item.kind === 'events') expect(ids(item.events)).toEqual(sent);
          break;
        }
      }
    });

    test('ends when its signal aborts, also while it waits', async () => {
      const store = shared();
      const abort = new AbortController();
      const follower = new Follower(store, { after: 'start', signal: abort.signal });
      await follower.untilCaughtUp();
      const waiting = follower.pull();
      abort.abort();
      expect(await waiting).toBe(false);
      const late = new Follower(store, { after: 'start', signal: abort.signal });
      expect(await late.pull()).toBe(false);
    });

    test('can be given up while it waits', async () => {
      const store = shared();
      const follower = new Follower(store, { after: 'end' });
      await follower.untilCaughtUp();
      const waiting = follower.pull();
      await follower.stop();
      expect(await waiting).toBe(false);
    });

    test('refuses a batch size that is none', async () => {
      const store = shared();
      await expect(async () => collect(store.subscribe({ after: 'start', maxBatch: 0 }))).rejects.toThrow(
        /maxBatch is 0/,
      );
    });
  });

  describe('close', () => {
    test('ends subscriptions', async () => {
      const store = await open();
      const follower = new Follower(store, { after: 'start' });
      await follower.untilCaughtUp();
      const waiting = follower.pull();
      await store.close();
      expect(await waiting).toBe(false);
    });

    test('lets appends under way end first', async () => {
      const store = await open();
      const appends = newEvents(5).map((event) => store.append('s', 'any', [event]));
      await store.close();
      expect((await Promise.all(appends)).map(({ revision }) => revision).sort()).toEqual([0n, 1n, 2n, 3n, 4n]);
    });

    test('ends reads under way: they give what they have, or say that the store is closed', async () => {
      const store = await open();
      for (let i = 0; i < 3; i++) await store.append('s', 'any', newEvents(500));
      const reads = [store.readStream('s'), store.readAll()].map((read) => read[Symbol.asyncIterator]());
      for (const read of reads) await read.next();
      const waiting = reads.map((read) => read.next());
      await store.close();
      for (const [n, read] of reads.entries()) {
        const rest = collect({ [Symbol.asyncIterator]: () => read });
        const error: unknown = await Promise.all([waiting[n], rest]).then(
          () => undefined,
          (e: unknown) => e,
        );
        if (error !== undefined) expect(error).toMatchObject({ code: 'closed' });
      }
    });

    test('twice is once, and every call after it is refused', async () => {
      const store = await open();
      await store.append('s', 'any', newEvents(1));
      await Promise.all([store.close(), store.close()]);
      await store.close();
      await rejection(store.append('s', 'any', newEvents(1)), 'closed');
      await rejection(collect(store.readStream('s')), 'closed');
      await rejection(collect(store.readAll()), 'closed');
      await rejection((async () => collect(store.subscribe({ after: 'start' })))(), 'closed');
      await rejection(store.head(), 'closed');
      await rejection(store.positionAt(0), 'closed');
      expect(store.health().state).toBe('down');
    });

    test('health of an open store is up, with a sentence', async () => {
      const store = await open();
      await store.append('s', 'any', newEvents(1));
      expect(store.health()).toMatchObject({
        state: 'up',
        detail: expect.stringMatching(/\w+ \w+/),
        appendsInFlight: 0,
      });
    });
  });
};
