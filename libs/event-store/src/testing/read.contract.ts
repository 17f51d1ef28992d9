import { beforeAll, describe, expect, test } from 'vitest';
import type { EventFilter, EventStore, ReadAllOptions, ReadStreamOptions, RecordedEvent } from '../event-store.port.js';
import { collect, Follower, ids, newEvent, newEvents, newStream, type Target } from './contract-kit.js';

const numbers = (events: readonly RecordedEvent[]): unknown[] => events.map(({ data }) => (data as { n: number }).n);

/** Ten events, n = 0..9, over three streams and two types. */
const fill = async (store: EventStore): Promise<RecordedEvent[]> => {
  for (let n = 0; n < 10; n++) {
    await store.append(['asset-a', 'asset-b', 'derived-a'][n % 3]!, 'any', [
      newEvent(n % 2 === 0 ? 'Even' : 'Odd', { n }),
    ]);
  }
  return collect(store.readAll());
};

export const readContract = ({ open, share, can }: Target): void => {
  describe('readStream', () => {
    const shared = share();

    test('of an absent stream is empty', async () => {
      const store = shared();
      const s = newStream();
      expect(await collect(store.readStream(s))).toEqual([]);
      expect(await collect(store.readStream(s, { direction: 'backwards' }))).toEqual([]);
    });

    test.each<[ReadStreamOptions, number[]]>([
      [{}, [0, 1, 2, 3, 4]],
      [{ direction: 'backwards' }, [4, 3, 2, 1, 0]],
      [{ from: 3n }, [3, 4]],
      [{ from: 0n }, [0, 1, 2, 3, 4]],
      [{ from: 5n }, []],
      [{ direction: 'backwards', from: 1n }, [1, 0]],
      [{ direction: 'backwards', from: 99n }, [4, 3, 2, 1, 0]],
      [{ maxCount: 2 }, [0, 1]],
      [{ direction: 'backwards', maxCount: 1 }, [4]],
      [{ from: 1n, maxCount: 3 }, [1, 2, 3]],
      [{ maxCount: 0 }, []],
    ])('with %o gives %o', async (options, expected) => {
      const store = shared();
      const s = newStream();
      await store.append(newStream('other'), 'any', newEvents(2));
      await store.append(s, 'any', newEvents(5));
      await store.append(`${s}-longer`, 'any', newEvents(2));
      const events = await collect(store.readStream(s, options));
      expect(numbers(events)).toEqual(expected);
      expect(events.every((e) => e.stream === s && e.revision === BigInt((e.data as { n: number }).n))).toBe(true);
    });

    test('goes through a stream of many pages', async () => {
      const store = shared();
      const s = newStream();
      const all = newEvents(1_500);
      for (let i = 0; i < all.length; i += 500) await store.append(s, 'any', all.slice(i, i + 500));
      expect(ids(await collect(store.readStream(s)))).toEqual(ids(all));
      const back = await collect(store.readStream(s, { direction: 'backwards' }));
      expect(ids(back)).toEqual(ids(all).reverse());
    });

    test('may be given up in the middle', async () => {
      const store = shared();
      const s = newStream();
      await store.append(s, 'any', newEvents(5));
      for await (const event of store.readStream(s)) {
        if (event.revision === 1n) break;
      }
      await store.append(s, 4n, newEvents(1));
    });
  });

  describe('readAll', () => {
    test('of an empty log is empty', async () => {
      const store = await open();
      expect(await collect(store.readAll())).toEqual([]);
      expect(await collect(store.readAll({ direction: 'backwards', filter: { types: ['Odd'] } }))).toEqual([]);
    });

    test('gives every event once, positions growing, streams in their order', async () => {
      const store = await open();
      const all = await fill(store);
      expect(numbers(all)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(all.every((e, i) => i === 0 || e.position > all[i - 1]!.position)).toBe(true);
      expect(ids(await collect(store.readAll({ direction: 'backwards' })))).toEqual(ids(all).reverse());
    });

    const shared = share();
    let all: RecordedEvent[];
    beforeAll(async () => {
      all = await fill(shared());
    });
    type Case = [options: (p: (n: number) => bigint) => ReadAllOptions, expected: number[]];
    test.each<Case>([
      [(p) => ({ from: p(7) }), [7, 8, 9]],
      [(p) => ({ after: p(7) }), [8, 9]],
      [(p) => ({ after: p(9) }), []],
      [() => ({ after: 0n }), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
      [() => ({ from: 0n, maxCount: 1 }), [0]],
      [(p) => ({ direction: 'backwards', from: p(2) }), [2, 1, 0]],
      [() => ({ maxCount: 3 }), [0, 1, 2]],
      [() => ({ direction: 'backwards', maxCount: 2 }), [9, 8]],
      [(p) => ({ after: p(2), maxCount: 2 }), [3, 4]],
      [() => ({ filter: { streamPrefixes: ['asset-'] } }), [0, 1, 3, 4, 6, 7, 9]],
      [() => ({ filter: { streamPrefixes: ['asset-b', 'derived-'] } }), [1, 2, 4, 5, 7, 8]],
      [() => ({ filter: { streamPrefixes: ['asset-a', 'asset-'] } }), [0, 1, 3, 4, 6, 7, 9]],
      [() => ({ filter: { streamPrefixes: [''] }, maxCount: 2 }), [0, 1]],
      [() => ({ filter: { streamPrefixes: [] } }), []],
      [() => ({ filter: { types: ['Odd'] } }), [1, 3, 5, 7, 9]],
      [() => ({ filter: { types: ['Odd', 'Absent'], streamPrefixes: ['asset-'] } }), [1, 3, 7, 9]],
      [() => ({ filter: { types: [] } }), []],
      [(p) => ({ filter: { types: ['Even'] }, after: p(3), maxCount: 2 }), [4, 6]],
      [(p) => ({ filter: { types: ['Even'] }, direction: 'backwards', from: p(7) }), [6, 4, 2, 0]],
      [() => ({ filter: { typePrefixes: ['Ev', 'Absent'] } }), [0, 2, 4, 6, 8]],
      [() => ({ filter: { typePrefixes: ['vent'] } }), []],
      [() => ({ filter: { typePrefixes: [] } }), []],
      [() => ({ filter: { typePrefixes: [''], types: ['Odd'] } }), [1, 3, 5, 7, 9]],
      [() => ({ filter: { streamPattern: '-a$' } }), [0, 2, 3, 5, 6, 8, 9]],
      [() => ({ filter: { streamPattern: '^(asset|derived)-[b-z]' } }), [1, 4, 7]],
      [() => ({ filter: { typePattern: 'd' } }), [1, 3, 5, 7, 9]],
      [() => ({ filter: { typePattern: 'D' } }), []],
      [() => ({ filter: { typePattern: '^Even$', streamPattern: 'b$' } }), [4]],
      [() => ({ filter: { streamPattern: 'set', streamPrefixes: ['asset-a', 'derived-'] } }), [0, 3, 6, 9]],
      [(p) => ({ filter: { typePattern: '^O', typePrefixes: ['Odd'] }, after: p(1), maxCount: 2 }), [3, 5]],
    ])('selects by place, prefix, type and count (%#)', async (options, expected) => {
      expect(numbers(await collect(shared().readAll(options((n) => all[n]!.position))))).toEqual(expected);
    });

    test.each<[ReadAllOptions, RegExp]>([
      [{ from: 0n, after: 0n }, /not both/],
      [{ direction: 'backwards', after: 0n }, /forwards only/],
      [{ maxCount: -1 }, /maxCount is -1/],
    ])('refuses %o', async (options, message) => {
      await expect(async () => collect(shared().readAll(options))).rejects.toThrow(message);
    });

    test('a prefix is text, not a pattern, and knows case', async () => {
      const store = await open();
      for (const stream of ['a_b-1', 'aXb-1', 'a%b-1', 'A_b-1', 'a_b', 'x-a_b-1'])
        await store.append(stream, 'any', newEvents(1));
      const found = await collect(store.readAll({ filter: { streamPrefixes: ['a_b-', 'a%'] } }));
      expect(found.map(({ stream }) => stream)).toEqual(['a_b-1', 'a%b-1']);
    });

    test('a pattern knows letters beyond ASCII', async () => {
      const store = await open();
      for (const stream of ['öl-1', 'ol-1', '🏭-1']) await store.append(stream, 'any', newEvents(1, 'Größe'));
      const find = async (filter: EventFilter): Promise<string[]> =>
        (await collect(store.readAll({ filter }))).map(({ stream }) => stream);
      expect(await find({ streamPattern: '^[^o]l-' })).toEqual(['öl-1']);
      expect(await find({ typePattern: 'ö.e$', streamPattern: '🏭' })).toEqual(['🏭-1']);
    });

    test('refuses a pattern that is none', async () => {
      const store = shared();
      for (const filter of [{ streamPattern: '(' }, { typePattern: '[' }]) {
        await expect(async () => collect(store.readAll({ filter }))).rejects.toThrow(SyntaxError);
        await expect(new Follower(store, { after: 'start', filter }).pull()).rejects.toThrow(SyntaxError);
      }
    });

    test('a rare type is found across many pages of others', async () => {
      const store = await open();
      const rare = newEvent('Rare');
      for (let i = 0; i < 3; i++) await store.append('s', 'any', newEvents(500));
      await store.append('s', 'any', [rare]);
      for (let i = 0; i < 3; i++) await store.append('s', 'any', newEvents(500));
      const filter = { types: ['Rare'] };
      expect(ids(await collect(store.readAll({ filter })))).toEqual([rare.id]);
      expect(ids(await collect(store.readAll({ filter, direction: 'backwards' })))).toEqual([rare.id]);
    });
  });

  describe('head and positionAt', () => {
    test('of an empty log are undefined', async () => {
      const store = await open();
      expect(await store.head()).toBeUndefined();
      expect(await store.positionAt(Number.MAX_SAFE_INTEGER)).toBeUndefined();
    });

    test('head is the last position written', async () => {
      const store = await open();
      for (let i = 0; i < 3; i++) {
        const { position } = await store.append(`s-${i}`, 'any', newEvents(2));
        expect(await store.head()).toBe(position);
      }
    });

    test('positionAt is the last position recorded at or before a time', async () => {
      let time = 1_000;
      const store = await open({ now: () => (time += 1_000) });
      for (let i = 0; i < 5; i++) await store.append('s', 'any', newEvents(2));
      const all = await collect(store.readAll());
      const first = all[0]!.recordedAt;
      const moments = all.flatMap(({ recordedAt }) => [recordedAt - 1, recordedAt, recordedAt + 1]);
      for (const moment of [first - 1, ...moments, Number.MAX_SAFE_INTEGER]) {
        expect(await store.positionAt(moment)).toBe(all.findLast(({ recordedAt }) => recordedAt <= moment)?.position);
      }
    });

    if (!can.clock) return;
    test('recordedAt never falls, though the clock goes back', async () => {
      const times = [1_000, 3_000, 2_000, 2_500, 4_000];
      const store = await open({ now: () => times.shift() ?? 5_000 });
      for (let i = 0; i < 5; i++) await store.append('s', 'any', newEvents(1));
      const recordedAt = (await collect(store.readAll())).map((event) => event.recordedAt);
      expect(recordedAt).toEqual([...recordedAt].sort((a, b) => a - b));
    });
  });
};
