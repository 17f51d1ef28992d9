import { randomUUID } from 'node:crypto';
import { EventStoreError, WrongExpectedRevisionError, type NewEvent } from '@millwright/event-store';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FaultyStore } from './plant.fixture.js';
import { StreamAppender } from './stream-appender.js';

const event = (n: number): NewEvent => ({ id: randomUUID(), type: 'T', data: { n }, metadata: { time: 0 } });
const appenderOn = (store: FaultyStore): StreamAppender =>
  new StreamAppender({ store, wait: () => new Promise((resolve) => setImmediate(resolve)) });

const numbers = async (store: FaultyStore, stream: string): Promise<number[]> => {
  const read = [];
  for await (const e of store.readStream(stream)) read.push((e.data as { n: number }).n);
  return read;
};

describe('stream appender', () => {
  test.each(['before', 'after'] as const)(
    'tries again after a passing fault %s the write, in order and once',
    async (when) => {
      const store = new FaultyStore();
      const appender = appenderOn(store);
      let faults = 5;
      store.fault = () => (faults-- > 0 ? when : undefined);
      const appends = Array.from({ length: 20 }, (_, n) => appender.append('s', [event(n)]));
      expect(appender.pending).toBe(20);
      await Promise.all(appends);
      expect(await numbers(store, 's')).toEqual(Array.from({ length: 20 }, (_, n) => n));
      expect(appender.pending).toBe(0);
      expect(appender.fault).toBeUndefined();
    },
  );

  test('says why appends wait while the log is away', async () => {
    const store = new FaultyStore();
    const appender = appenderOn(store);
    store.fault = () => 'before';
    const append = appender.append('s', [event(0)]);
    await expect.poll(() => appender.fault).toMatch(/"s" waits: the log is away/);
    store.fault = undefined;
    await append;
    expect(appender.fault).toBeUndefined();
  });

  test('refuses to mix with a second writer of its stream, until told to go on behind it', async () => {
    const store = new FaultyStore();
    const appender = appenderOn(store);
    await appender.append('s', [event(0)]);
    await store.append('s', 'any', [event(100)]);
    const refused = await Promise.allSettled([1, 2, 3].map((n) => appender.append('s', [event(n)])));
    for (const { status, reason } of refused as PromiseRejectedResult[]) {
      expect(status).toBe('rejected');
      expect(reason).toBeInstanceOf(WrongExpectedRevisionError);
    }
    await expect(appender.append('s', [event(4)])).rejects.toBeInstanceOf(WrongExpectedRevisionError);
    expect(await numbers(store, 's')).toEqual([0, 100]);

    expect((await appender.last('s'))?.data).toEqual({ n: 100 });
    await appender.append('s', [event(5)]);
    await store.append('s', 'any', [event(101)]);
    await appender.append('s', [event(6)], { wherever: true });
    expect(await numbers(store, 's')).toEqual([0, 100, 5, 101, 6]);
  });

  test('looks at the end of a stream once the log is back', async () => {
    const store = new FaultyStore();
    const appender = appenderOn(store);
    await store.append('s', 'any', [event(7)]);
    let faults = 3;
    store.readStream = (...args) => {
      if (faults-- > 0) throw new EventStoreError('unavailable', 'the log is away');
      return FaultyStore.prototype.readStream.apply(store, args);
    };
    expect((await appender.last('s'))?.data).toEqual({ n: 7 });
    expect(appender.fault).toBeUndefined();
  });

  test('an event that the log refuses takes none of its neighbours with it', async () => {
    const store = new FaultyStore();
    const appender = appenderOn(store);
    const tooLarge: NewEvent = { ...event(1), data: { n: 1, text: 'x'.repeat(1_100_000) } };
    const results = await Promise.allSettled([
      appender.append('s', [event(0)]),
      appender.append('s', [tooLarge]),
      appender.append('s', [event(2)]),
      appender.append('s', [event(3)]),
    ]);
    expect(results.map((r) => r.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect((results[1] as PromiseRejectedResult).reason).toBeInstanceOf(EventStoreError);
    expect(await numbers(store, 's')).toEqual([0, 2, 3]);
  });

  test('keeps the order of calls in every stream whatever fails', async () => {
    const call = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('before', 'after', undefined));
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 60 }), async (calls) => {
        const store = new FaultyStore();
        const appender = appenderOn(store);
        const faults = calls.map(([, fault]) => fault);
        store.fault = () => faults.pop();
        await Promise.all(calls.map(([stream], n) => appender.append(stream, [event(n)])));
        for (const stream of ['a', 'b', 'c']) {
          expect(await numbers(store, stream)).toEqual(calls.flatMap(([s], n) => (s === stream ? [n] : [])));
        }
      }),
    );
  });
});
