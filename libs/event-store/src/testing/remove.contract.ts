import { describe, expect, test } from 'vitest';
import { StreamDeletedError, WrongExpectedRevisionError } from '../event-store-error.js';
import type { EventStore, ExpectedRevision } from '../event-store.port.js';
import { METADATA_TYPE, metadataStream, retentionOf, setRetention } from '../retention.js';
import {
  collect,
  expectShown,
  expectWholeLog,
  Follower,
  ids,
  newEvents,
  newStream,
  rejection,
  revisionsOf,
  type Target,
} from './contract-kit.js';

type Removal = 'deleteStream' | 'tombstoneStream';

export const removeContract = ({ open, share }: Target): void => {
  describe.each<Removal>(['deleteStream', 'tombstoneStream'])('%s', (remove) => {
    const shared = share();

    type Case = [stream: 'absent' | 'of three', expected: ExpectedRevision, ok: boolean];
    test.each<Case>([
      ['absent', 'stream-exists', false],
      ['absent', 0n, false],
      ['of three', 'any', true],
      ['of three', 'no-stream', false],
      ['of three', 'stream-exists', true],
      ['of three', 1n, false],
      ['of three', 2n, true],
      ['of three', 3n, false],
    ])('of a stream %s expecting %s: %s', async (stream, expected, ok) => {
      const store = shared();
      const s = newStream();
      if (stream === 'of three') await store.append(s, 'any', newEvents(3));
      const removal = store[remove](s, expected);
      if (ok) {
        await removal;
        await expectGone(store, s, remove);
      } else {
        const error = await rejection(removal, 'wrong-expected-revision');
        expect(error).toBeInstanceOf(WrongExpectedRevisionError);
        const actual = stream === 'absent' ? 'no-stream' : 2n;
        expect(error).toMatchObject({ stream: s, expected: String(expected), actual });
        await expectShown(store, s, stream === 'absent' ? [] : [0, 1, 2]);
      }
    });

    test('without a word of what is expected takes any', async () => {
      const store = shared();
      const s = newStream();
      await store.append(s, 'any', newEvents(2));
      await store[remove](s);
      await expectGone(store, s, remove);
    });

    test('of one stream leaves the others, and the log, as they were', async () => {
      const store = await open();
      const [removed, longer, other] = [newEvents(2), newEvents(2), newEvents(2)];
      await store.append('s', 'any', removed);
      await store.append('s-longer', 'any', longer);
      await store.append('other', 'any', other);
      await store[remove]('s');
      await expectShown(store, 's-longer', [0, 1]);
      await expectShown(store, 'other', [0, 1]);
      await expectWholeLog(store, [...removed, ...longer, ...other], (event) => !removed.includes(event));
    });

    test('under a subscription: it goes on', async () => {
      const store = await open();
      const follower = new Follower(store, { after: 'start', filter: { types: ['Kept'] } });
      await store.append('s', 'any', newEvents(2, 'Gone'));
      await follower.untilCaughtUp();
      await store[remove]('s');
      const kept = newEvents(2, 'Kept');
      await store.append('other', 'any', kept);
      await follower.untilSeen(2);
      expect(ids(follower.seen)).toEqual(ids(kept));
    });
  });

  describe('a deleted stream', () => {
    const shared = share();

    /** Of three events. */
    const deleted = async (): Promise<[store: EventStore, stream: string]> => {
      const store = shared();
      const s = newStream();
      await store.append(s, 'no-stream', newEvents(3));
      await store.deleteStream(s, 2n);
      return [store, s];
    };

    test('is empty at once, wherever a read begins', async () => {
      const [store, s] = await deleted();
      await expectShown(store, s, []);
      expect(await revisionsOf(store, s, { from: 1n })).toEqual([]);
      expect(await revisionsOf(store, s, { direction: 'backwards', from: 1n, maxCount: 1 })).toEqual([]);
    });

    test.each<ExpectedRevision>(['any', 'no-stream', 2n])(
      'is begun again by an append expecting %s, and revisions go on',
      async (expected) => {
        const [store, s] = await deleted();
        const before = await store.head();
        const { revision, position } = await store.append(s, expected, newEvents(2));
        expect(revision).toBe(4n);
        expect(position).toBeGreaterThan(before!);
        await expectShown(store, s, [3, 4]);
        expect(await revisionsOf(store, s, { from: 0n, maxCount: 1 })).toEqual([3]);
        expect(await revisionsOf(store, s, { direction: 'backwards', from: 3n })).toEqual([3]);
        expect(await retentionOf(store, s)).toEqual({ truncateBefore: 3n });
        await store.append(s, 4n, newEvents(1));
        await expectShown(store, s, [3, 4, 5]);
      },
    );

    test.each<ExpectedRevision>(['stream-exists', 0n, 1n, 3n])(
      'refuses an append expecting %s, and stays empty',
      async (expected) => {
        const [store, s] = await deleted();
        // EventStoreDB tells `stream-exists` that the stream has been deleted.
        await rejection(store.append(s, expected, newEvents(1)), 'wrong-expected-revision', 'stream-deleted');
        await expectShown(store, s, []);
        await store.append(s, 2n, newEvents(1));
        await expectShown(store, s, [3]);
      },
    );

    test('begun by many at once expecting no stream: by one', async () => {
      const [store, s] = await deleted();
      const outcomes = await Promise.allSettled(newEvents(4).map((event) => store.append(s, 'no-stream', [event])));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      await expectShown(store, s, [3]);
    });

    test('begun by many at once expecting any: by all', async () => {
      const [store, s] = await deleted();
      await Promise.all(newEvents(4).map((event) => store.append(s, 'any', [event])));
      await expectShown(store, s, [3, 4, 5, 6]);
    });

    test('can be deleted again, before and after it is begun again', async () => {
      const [store, s] = await deleted();
      await store.deleteStream(s, 'any');
      await store.deleteStream(s, 'no-stream');
      await store.deleteStream(s, 2n);
      for (const expected of ['stream-exists', 1n] as const) {
        await rejection(store.deleteStream(s, expected), 'wrong-expected-revision', 'stream-deleted');
      }
      await store.append(s, 'no-stream', newEvents(1));
      await store.deleteStream(s, 3n);
      await expectShown(store, s, []);
      await store.append(s, 'no-stream', newEvents(2));
      await expectShown(store, s, [4, 5]);
    });

    test('whose retention is set stays without its old events', async () => {
      const [store, s] = await deleted();
      await setRetention(store, s, { maxCount: 100 });
      await expectShown(store, s, []);
      await store.append(s, 'any', newEvents(1));
      await expectShown(store, s, [3]);
      expect(await retentionOf(store, s)).toEqual({ maxCount: 100, truncateBefore: 3n });
    });

    test('finds its new events again by their ids', async () => {
      const [store, s] = await deleted();
      const batch = newEvents(2);
      const first = await store.append(s, 'no-stream', batch);
      expect(await store.append(s, 'no-stream', batch)).toEqual(first);
      await expectShown(store, s, [3, 4]);
    });
  });

  test('deleting an absent stream, where the store allows it, changes nothing', async () => {
    const store = await open();
    const s = newStream();
    // EventStoreDB refuses it.
    await store.deleteStream(s).catch((error: unknown) => expect(error).toBeInstanceOf(WrongExpectedRevisionError));
    await expectShown(store, s, []);
    expect((await store.append(s, 'no-stream', newEvents(2))).revision).toBe(1n);
    await expectShown(store, s, [0, 1]);
  });

  describe('a tombstoned stream', () => {
    const shared = share();
    type Before = (store: EventStore, stream: string) => Promise<unknown>;
    const tombstoned = async (before: Before): Promise<[store: EventStore, stream: string]> => {
      const store = shared();
      const s = newStream();
      await before(store, s);
      await store.tombstoneStream(s);
      return [store, s];
    };

    test.each<[what: string, before: Before]>([
      ['of three events', (store, s) => store.append(s, 'any', newEvents(3))],
      ['that never was', () => Promise.resolve()],
      [
        'that was deleted before',
        async (store, s) => {
          await store.append(s, 'any', newEvents(3));
          await store.deleteStream(s);
        },
      ],
    ])('%s refuses everything, for ever', async (_, before) => {
      const [store, s] = await tombstoned(before);
      await expectGone(store, s, 'tombstoneStream');
      const head = await store.head();
      for (const expected of ['any', 'no-stream', 'stream-exists', 2n] as const) {
        await rejection(store.append(s, expected, newEvents(1)), 'stream-deleted');
      }
      await rejection(store.deleteStream(s), 'stream-deleted');
      await rejection(store.tombstoneStream(s), 'stream-deleted');
      await rejection(setRetention(store, s, { maxCount: 1 }), 'stream-deleted');
      await rejection(store.append(metadataStream(s), 'any', newEvents(1, METADATA_TYPE)), 'stream-deleted');
      expect(await store.head()).toBe(head);
      await expectGone(store, s, 'tombstoneStream');
    });

    test('refuses to repeat what it had', async () => {
      const batch = newEvents(2);
      const [store, s] = await tombstoned((log, stream) => log.append(stream, 'any', batch));
      await rejection(store.append(s, 'any', batch), 'stream-deleted');
    });
  });
};

const expectGone = async (store: EventStore, stream: string, how: Removal): Promise<void> => {
  if (how === 'deleteStream') return expectShown(store, stream, []);
  // Also who wants no event is told.
  for (const options of [{ direction: 'forwards' }, { direction: 'backwards' }, { maxCount: 0 }] as const) {
    const error = await rejection(collect(store.readStream(stream, options)), 'stream-deleted');
    expect(error).toBeInstanceOf(StreamDeletedError);
    expect(error).toMatchObject({ stream, message: expect.stringMatching(/tombstoned.*another name/) });
  }
};
