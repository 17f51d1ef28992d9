import { describe, expect, test } from 'vitest';
import { retentionOf, scavengedTo } from '../retention.js';
import { collect, Follower, ids, newEvents, rejection, type Target } from './contract-kit.js';
import { expectStreams, fill, written } from './fates.js';

export const reopenContract = ({ open, reopen, can }: Target): void => {
  if (!reopen) return;
  describe('a log that is opened again', () => {
    test.each(['as it is', 'after a scavenge'])('%s, is as it was', async (what) => {
      const store = await open();
      await fill(store);
      if (what === 'after a scavenge') await store.scavenge();
      const filter = { streamPrefixes: ['', '$'] };
      const before = await collect(store.readAll({ filter }));
      const [head, removedUpTo] = [await store.head(), await scavengedTo(store)];
      const again = await reopen(store);
      expect(await collect(again.readAll({ filter }))).toEqual(before);
      expect(await again.head()).toBe(head);
      expect(await again.positionAt(before.at(-1)!.recordedAt)).toBe(head);
      expect(await scavengedTo(again)).toBe(removedUpTo);
      await expectStreams(again);
      expect(await retentionOf(again, 'counted')).toEqual({ maxCount: 1 });
      expect(await retentionOf(again, 'begun-again')).toEqual({ truncateBefore: 4n });
    });

    test.each(['as it is', 'after a scavenge'])('%s, goes on where it was', async (what) => {
      const store = await open();
      await fill(store);
      if (what === 'after a scavenge') await store.scavenge();
      const head = await store.head();
      const again = await reopen(store);
      await rejection(again.append('deleted', 1n, newEvents(1)), 'wrong-expected-revision');
      await rejection(again.append('tombstoned', 'any', newEvents(1)), 'stream-deleted');
      for (const [stream, expected, revision] of [
        ['deleted', 'no-stream', 4n],
        ['begun-again', 4n, 5n],
        ['truncated', 'stream-exists', 4n],
        ['counted', 'any', 4n],
        ['another', 'no-stream', 0n],
      ] as const) {
        const result = await again.append(stream, expected, newEvents(1));
        expect(result.revision).toBe(revision);
        expect(result.position).toBeGreaterThan(head!);
      }
      const { recordedAt } = (await collect(again.readAll({ direction: 'backwards', maxCount: 1 })))[0]!;
      expect(await again.positionAt(recordedAt - 1)).not.toBe(await again.head());
    });

    test('knows the ids that it has', async () => {
      const store = await open();
      const batch = newEvents(3);
      const first = await store.append('s', 'no-stream', batch);
      const again = await reopen(store);
      expect(await again.append('s', 'no-stream', batch)).toEqual(first);
      expect(await again.append('s', 0n, batch.slice(1))).toEqual(first);
      expect(ids(await collect(again.readStream('s')))).toEqual(ids(batch));
    });

    test('is followed on from where it was left', async () => {
      const store = await open({ liveEvents: 4 });
      const events = newEvents(10);
      for (const event of events) await store.append('s', 'any', [event]);
      const { position } = (await written(store))[2]!;
      const again = await reopen(store);
      const [follower, late] = [position, 'end' as const].map((after) => new Follower(again, { after }));
      const more = newEvents(3);
      for (const event of more) await again.append('s', 'any', [event]);
      await follower!.untilSeen(10);
      expect(ids(follower!.seen)).toEqual(ids([...events.slice(3), ...more]));
      await late!.untilSeen(3);
      expect(ids(late!.seen)).toEqual(ids(more));
    });

    if (!can.clock) return;
    test('with a clock that is behind, records no event earlier than the last', async () => {
      let time = 5_000;
      const store = await open({ now: () => time });
      await store.append('s', 'any', newEvents(1));
      time = 1_000;
      const again = await reopen(store);
      await again.append('s', 'any', newEvents(1));
      expect((await collect(again.readStream('s'))).map(({ recordedAt }) => recordedAt)).toEqual([5_000, 5_000]);
      expect(await again.positionAt(4_999)).toBeUndefined();
    });
  });
};
