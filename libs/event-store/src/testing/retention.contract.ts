import { describe, expect, test } from 'vitest';
import type { ExpectedRevision, ReadStreamOptions } from '../event-store.port.js';
import { METADATA_TYPE, metadataStream, retentionOf, setRetention, type Retention } from '../retention.js';
import {
  collect,
  expectShown,
  expectWholeLog,
  newEvent,
  newEvents,
  newStream,
  rejection,
  revisionsOf,
  TestClock,
  type Target,
} from './contract-kit.js';

export const retentionContract = ({ open, share, can }: Target): void => {
  describe('retention', () => {
    const shared = share();

    test.each<[Retention, shown: number[]]>([
      [{}, [0, 1, 2, 3, 4, 5]],
      [{ maxCount: 2 }, [4, 5]],
      [{ maxCount: 6 }, [0, 1, 2, 3, 4, 5]],
      [{ maxCount: 7 }, [0, 1, 2, 3, 4, 5]],
      [{ truncateBefore: 0n }, [0, 1, 2, 3, 4, 5]],
      [{ truncateBefore: 4n }, [4, 5]],
      [{ truncateBefore: 6n }, []],
      [{ truncateBefore: 4n, maxCount: 3 }, [4, 5]],
      [{ truncateBefore: 2n, maxCount: 3 }, [3, 4, 5]],
      [{ maxAgeSeconds: 3_600 }, [0, 1, 2, 3, 4, 5]],
    ])('of %o hides what it says at once', async (retention, shown) => {
      const store = shared();
      const s = newStream();
      const other = newStream();
      const events = newEvents(6);
      await store.append(s, 'any', events);
      await store.append(other, 'any', newEvents(3));
      await setRetention(store, s, retention);
      expect(await retentionOf(store, s)).toEqual(retention);
      await expectShown(store, s, shown);
      await expectShown(store, other, [0, 1, 2]);
    });

    test.each<[ReadStreamOptions, shown: number[]]>([
      [{ from: 0n, maxCount: 2 }, [3, 4]],
      [{ from: 2n, maxCount: 1 }, [3]],
      [{ from: 4n }, [4, 5]],
      [{ from: 6n }, []],
      [{ maxCount: 2 }, [3, 4]],
      [{ direction: 'backwards', maxCount: 2 }, [5, 4]],
      [{ direction: 'backwards', from: 4n }, [4, 3]],
      [{ direction: 'backwards', from: 3n, maxCount: 5 }, [3]],
      [{ direction: 'backwards', from: 2n }, []],
      [{ direction: 'backwards', from: 99n, maxCount: 1 }, [5]],
    ])('counts only what it shows: %o', async (options, shown) => {
      const store = shared();
      const s = newStream();
      await store.append(s, 'any', newEvents(6));
      await setRetention(store, s, { truncateBefore: 3n });
      expect(await revisionsOf(store, s, options)).toEqual(shown);
      await setRetention(store, s, { maxCount: 3 });
      expect(await revisionsOf(store, s, options)).toEqual(shown);
    });

    test('hides many pages of a stream', async () => {
      const store = shared();
      const s = newStream();
      for (let i = 0; i < 3; i++) await store.append(s, 'any', newEvents(600));
      await setRetention(store, s, { maxCount: 2 });
      await expectShown(store, s, [1_798, 1_799]);
      expect(await revisionsOf(store, s, { from: 100n, maxCount: 1 })).toEqual([1_798]);
    });

    test('of the last so many goes on with the stream', async () => {
      const store = shared();
      const s = newStream();
      await setRetention(store, s, { maxCount: 2 });
      for (const [n, event] of newEvents(4).entries()) {
        await store.append(s, n === 0 ? 'no-stream' : BigInt(n - 1), [event]);
        await expectShown(store, s, n === 0 ? [0] : [n - 1, n]);
      }
      await store.append(s, 'any', newEvents(5));
      await expectShown(store, s, [7, 8]);
    });

    test('that hides more than there is, hides what comes, up to there', async () => {
      const store = shared();
      const s = newStream();
      await setRetention(store, s, { truncateBefore: 3n });
      await store.append(s, 'no-stream', newEvents(2));
      await expectShown(store, s, []);
      await store.append(s, 'stream-exists', newEvents(3));
      await expectShown(store, s, [3, 4]);
    });

    test.each<[ExpectedRevision, ok: boolean]>([
      ['any', true],
      ['stream-exists', true],
      [2n, true],
      ['no-stream', false],
      [1n, false],
    ])('does not change where the stream is: an append expecting %s: %s', async (expected, ok) => {
      const store = shared();
      const s = newStream();
      await store.append(s, 'any', newEvents(3));
      await setRetention(store, s, { truncateBefore: 3n });
      const append = store.append(s, expected, newEvents(1));
      if (ok) expect((await append).revision).toBe(3n);
      else await rejection(append, 'wrong-expected-revision');
      await expectShown(store, s, ok ? [3] : []);
    });

    test('leaves in the whole log what it shows', async () => {
      const store = await open();
      const events = newEvents(6);
      for (const event of events) await store.append('s', 'any', [event]);
      await setRetention(store, 's', { maxCount: 2 });
      await expectWholeLog(store, events, (event) => events.indexOf(event) >= 4);
    });

    test('can be made narrower, wider, and given up', async () => {
      const store = shared();
      const s = newStream();
      await store.append(s, 'any', newEvents(6));
      const steps: [Retention, number[]][] = [
        [{ maxCount: 4 }, [2, 3, 4, 5]],
        [{ maxCount: 1 }, [5]],
        [{ truncateBefore: 3n }, [3, 4, 5]],
        [{}, [0, 1, 2, 3, 4, 5]],
      ];
      for (const [retention, shown] of steps) {
        await setRetention(store, s, retention);
        expect(await retentionOf(store, s)).toEqual(retention);
        await expectShown(store, s, shown);
      }
    });

    test('leaves what else the metadata say', async () => {
      const store = shared();
      const s = newStream();
      const metadata = { owner: 'quality', $cacheControl: 12, $maxCount: 5, deep: { $tb: 1 } };
      await store.append(metadataStream(s), 'any', [newEvent(METADATA_TYPE, metadata)]);
      expect(await retentionOf(store, s)).toEqual({ maxCount: 5 });
      await setRetention(store, s, { truncateBefore: 1n });
      const [last] = await collect(store.readStream(metadataStream(s), { direction: 'backwards', maxCount: 1 }));
      expect(last!.data).toEqual({ owner: 'quality', $cacheControl: 12, deep: { $tb: 1 }, $tb: 1 });
    });

    test.each<[metadata: object, shown: number[]]>([
      [{}, [0, 1, 2]],
      [{ $maxCount: 2 }, [1, 2]],
      [{ $maxCount: 0 }, [0, 1, 2]],
      [{ $maxCount: -1, $tb: 1 }, [1, 2]],
      [{ $maxCount: 1.5 }, [0, 1, 2]],
      [{ $maxCount: '1' }, [0, 1, 2]],
      [{ $maxCount: null }, [0, 1, 2]],
      [{ $tb: -2 }, [0, 1, 2]],
      [{ $tb: 'all', $maxCount: 1 }, [0, 1, 2]],
      [{ $maxAge: 'a day', $maxCount: 1 }, [0, 1, 2]],
      [{ $maxAge: 0 }, [0, 1, 2]],
      [{ $tb: 1e300 }, [0, 1, 2]],
      [
        ['$maxCount', 1],
        [0, 1, 2],
      ],
    ])('as another program wrote it: %j', async (metadata, shown) => {
      const store = shared();
      const s = newStream();
      await store.append(s, 'any', newEvents(3));
      await setRetention(store, s, { truncateBefore: 2n });
      await store.append(metadataStream(s), 'any', [newEvent(METADATA_TYPE, metadata)]);
      await expectShown(store, s, shown);
    });

    test('is what the last of several metadata say that come in one append', async () => {
      const store = shared();
      const s = newStream();
      await store.append(s, 'any', newEvents(3));
      const metadata = [1, 2].map(($maxCount) => newEvent(METADATA_TYPE, { $maxCount }));
      await store.append(metadataStream(s), 'any', metadata);
      await expectShown(store, s, [1, 2]);
      expect(await retentionOf(store, s)).toEqual({ maxCount: 2 });
    });

    test('is nothing for a stream that nobody has set it for', async () => {
      const store = shared();
      const s = newStream();
      await store.append(s, 'any', newEvents(1));
      expect(await retentionOf(store, s)).toEqual({});
      expect(await retentionOf(store, newStream())).toEqual({});
    });
  });

  if (!can.clock) return;
  describe('retention by age', () => {
    test('hides events as they grow old, and only them', async () => {
      const clock = new TestClock();
      const store = await open({ now: clock.now });
      await setRetention(store, 's', { maxAgeSeconds: 60 }, clock.now);
      for (let i = 0; i < 3; i++) {
        await store.append('s', 'any', newEvents(2));
        clock.advance(20);
      }
      await expectShown(store, 's', [0, 1, 2, 3, 4, 5]);
      clock.advance(0.001);
      await expectShown(store, 's', [2, 3, 4, 5]);
      clock.advance(20);
      await expectShown(store, 's', [4, 5]);
      expect(await revisionsOf(store, 's', { from: 1n, maxCount: 1 })).toEqual([4]);
      expect(await revisionsOf(store, 's', { direction: 'backwards', from: 3n })).toEqual([]);
      clock.advance(1_000);
      await expectShown(store, 's', []);
      await store.append('s', 5n, newEvents(1));
      await expectShown(store, 's', [6]);
    });

    test('together with a count and a first revision shows what all of them show', async () => {
      const clock = new TestClock();
      const store = await open({ now: clock.now });
      for (let n = 0; n < 6; n++) {
        await store.append('s', 'any', newEvents(1));
        clock.advance(10);
      }
      const cases: [Retention, number[]][] = [
        [{ maxAgeSeconds: 30, maxCount: 2 }, [4, 5]],
        [{ maxAgeSeconds: 30, maxCount: 5 }, [3, 4, 5]],
        [{ maxAgeSeconds: 30, truncateBefore: 1n }, [3, 4, 5]],
        [{ maxAgeSeconds: 30, truncateBefore: 5n, maxCount: 4 }, [5]],
        [{ maxAgeSeconds: 9 }, []],
      ];
      for (const [retention, shown] of cases) {
        await setRetention(store, 's', retention, clock.now);
        await expectShown(store, 's', shown);
      }
    });

    test('hides many pages of old events', async () => {
      const clock = new TestClock();
      const store = await open({ now: clock.now });
      for (let i = 0; i < 3; i++) {
        await store.append('s', 'any', newEvents(600));
        clock.advance(10);
      }
      await store.append('s', 'any', newEvents(2));
      await setRetention(store, 's', { maxAgeSeconds: 5 }, clock.now);
      await expectShown(store, 's', [1_800, 1_801]);
    });

    test('goes by when the log wrote an event, whatever the event says', async () => {
      const clock = new TestClock();
      const store = await open({ now: clock.now });
      await setRetention(store, 's', { maxAgeSeconds: 60 }, clock.now);
      await store.append('s', 'any', [{ ...newEvent(), metadata: { time: 0 } }]);
      await expectShown(store, 's', [0]);
    });
  });
};
