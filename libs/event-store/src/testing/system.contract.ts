import { describe, expect, test } from 'vitest';
import type { EventStore } from '../event-store.port.js';
import { METADATA_TYPE, metadataStream, setRetention } from '../retention.js';
import { collect, Follower, ids, newEvent, newEvents, type Target } from './contract-kit.js';

/** Two events of `s`, and one of its metadata between them. */
const fill = async (store: EventStore): Promise<void> => {
  await store.append('s', 'any', newEvents(1));
  await setRetention(store, 's', { maxCount: 10 });
  await store.append('s', 'any', newEvents(1));
};

const streamsOf = (events: readonly { readonly stream: string }[]): string[] => events.map(({ stream }) => stream);

export const systemContract = ({ open }: Target): void => {
  describe("the log's own streams", () => {
    test.each<[what: string, prefixes: string[] | undefined, expected: string[]]>([
      ['without a filter', undefined, ['s', 's']],
      ['for a filter of other prefixes', ['', 's'], ['s', 's']],
      ['unless a prefix asks for them', ['$$'], ['$$s']],
      ['unless a prefix asks for them beside others', ['$$s', 's'], ['s', '$$s', 's']],
      ['unless a prefix asks for all of them', ['$'], ['$$s']],
    ])('are left out of the whole log %s', async (_, streamPrefixes, expected) => {
      const store = await open();
      const filter = streamPrefixes && { streamPrefixes };
      const follower = new Follower(store, { after: 'start', ...(filter && { filter }) });
      await fill(store);
      const all = await collect(store.readAll(filter && { filter }));
      expect(streamsOf(all)).toEqual(expected);
      const back = await collect(store.readAll({ direction: 'backwards', ...(filter && { filter }) }));
      expect(ids(back)).toEqual(ids(all).reverse());
      await follower.untilSeen(expected.length);
      expect(ids(follower.seen)).toEqual(ids(all));
    });

    test('can be asked for by type too', async () => {
      const store = await open();
      await fill(store);
      const filter = { streamPrefixes: ['$$'], types: [METADATA_TYPE] };
      const [metadata, ...more] = await collect(store.readAll({ filter }));
      expect(more).toEqual([]);
      expect(metadata).toMatchObject({ stream: '$$s', type: METADATA_TYPE, data: { $maxCount: 10 } });
      expect(await collect(store.readAll({ filter: { types: [METADATA_TYPE] } }))).toEqual([]);
    });

    test('are part of the log: its end is theirs too, and a follower gets there', async () => {
      const store = await open();
      await store.append('s', 'any', newEvents(1));
      const { position } = await store.append(metadataStream('s'), 'any', [newEvent(METADATA_TYPE, { $maxCount: 1 })]);
      expect(await store.head()).toBe(position);
      const follower = new Follower(store, { after: 'start' });
      await follower.untilCaughtUp();
      expect(follower.seen).toHaveLength(1);
      expect(follower.caughtUpAt).toEqual([position]);
    });
  });
};
