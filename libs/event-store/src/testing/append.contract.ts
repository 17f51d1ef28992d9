import { describe, expect, test } from 'vitest';
import { MAX_APPEND_BYTES } from '../check-append.js';
import { WrongExpectedRevisionError } from '../event-store-error.js';
import type { EventStore, ExpectedRevision, NewEvent } from '../event-store.port.js';
import { collect, ids, newEvent, newEvents, newStream, rejection, type Target } from './contract-kit.js';

const stored = async (store: EventStore, stream: string): Promise<string[]> =>
  ids(await collect(store.readStream(stream)));

export const appendContract = ({ share }: Target): void => {
  describe('append', () => {
    const shared = share();

    test('gives revision and position of its last event', async () => {
      const store = shared();
      const s = newStream();
      const first = await store.append(s, 'no-stream', newEvents(3));
      const second = await store.append(s, 2n, newEvents(1));
      const events = await collect(store.readStream(s));
      expect(first).toEqual({ revision: 2n, position: events[2]!.position });
      expect(second).toEqual({ revision: 3n, position: events[3]!.position });
      expect(events[0]!.position, '0 is the place before the first event').toBeGreaterThan(0n);
    });

    test('keeps id, type, data and metadata as they were', async () => {
      const store = shared();
      const stream = newStream('straße/ä-🏭');
      const data = {
        text: 'Grüße \u0000 " \\ 🏭',
        deep: [{ a: null, b: [1.5, -0.25, 1e300, true] }],
        empty: {},
        none: [],
      };
      const metadata = { time: 1_700_000_000_000.5, causationId: 'cause', correlationId: 'all', more: { x: [1] } };
      const event: NewEvent = { ...newEvent('Größe Gemessen', data), metadata };
      await store.append(stream, 'any', [event]);
      const [read] = await collect(store.readStream(stream));
      expect(read).toMatchObject({ ...event, stream, revision: 0n });
    });

    test('does not see what the caller does to its objects afterwards', async () => {
      const store = shared();
      const s = newStream();
      const data = { value: 1 };
      const appended = store.append(s, 'any', [newEvent('Happened', data)]);
      data.value = 2;
      await appended;
      expect((await collect(store.readStream(s)))[0]!.data).toEqual({ value: 1 });
    });

    type Case = [stream: 'absent' | 'of three', expected: ExpectedRevision, ok: boolean];
    test.each<Case>([
      ['absent', 'any', true],
      ['absent', 'no-stream', true],
      ['absent', 'stream-exists', false],
      ['absent', 0n, false],
      ['of three', 'any', true],
      ['of three', 'no-stream', false],
      ['of three', 'stream-exists', true],
      ['of three', 1n, false],
      ['of three', 2n, true],
      ['of three', 3n, false],
    ])('to a stream %s expecting %s: %s', async (stream, expected, ok) => {
      const store = shared();
      const s = newStream();
      const before = stream === 'absent' ? [] : newEvents(3);
      if (before.length > 0) await store.append(s, 'any', before);
      const events = newEvents(2);
      const append = store.append(s, expected, events);
      if (ok) await append;
      else {
        const error = (await rejection(append, 'wrong-expected-revision')) as WrongExpectedRevisionError;
        expect(error).toBeInstanceOf(WrongExpectedRevisionError);
        expect(error).toMatchObject({
          stream: s,
          expected: String(expected),
          actual: before.length ? 2n : 'no-stream',
        });
      }
      expect(await stored(store, s)).toEqual(ids(ok ? [...before, ...events] : before));
    });

    test('of many at once expecting the same revision: one is written', async () => {
      const store = shared();
      const s = newStream();
      const outcomes = await Promise.allSettled(newEvents(8).map((event) => store.append(s, 'no-stream', [event])));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(WrongExpectedRevisionError);
      }
      expect(await stored(store, s)).toHaveLength(1);
    });

    test('of many at once to many streams: all are written, each stream unbroken', async () => {
      const store = shared();
      const streams = ['a', 'b', 'c'].map(newStream);
      await Promise.all(streams.flatMap((s) => newEvents(20).map((event) => store.append(s, 'any', [event]))));
      for (const stream of streams) {
        const revisions = (await collect(store.readStream(stream))).map(({ revision }) => revision);
        expect(revisions).toEqual(Array.from({ length: 20 }, (_, n) => BigInt(n)));
      }
    });
  });

  describe('append again', () => {
    const shared = share();

    test.each<ExpectedRevision>(['any', 'no-stream', 'stream-exists', 0n, 1n, 4n, 99n])(
      'the whole batch, expecting %s, changes nothing and gives its place',
      async (expected) => {
        const store = shared();
        const s = newStream();
        await store.append(s, 'any', newEvents(1));
        const batch = newEvents(2);
        const first = await store.append(s, 'any', batch);
        await store.append(s, 'any', newEvents(2));
        const before = await stored(store, s);
        expect(await store.append(s, expected, batch)).toEqual(first);
        expect(await stored(store, s)).toEqual(before);
      },
    );

    test.each<ExpectedRevision>(['no-stream', 1n])(
      'the whole batch, long after, expecting %s as at first, changes nothing and gives its place',
      async (expected) => {
        const store = shared();
        const s = newStream();
        if (expected === 1n) await store.append(s, 'no-stream', newEvents(2));
        const batch = newEvents(2);
        const first = await store.append(s, expected, batch);
        for (let i = 0; i < 4; i++) await store.append(s, 'any', newEvents(300));
        const before = await stored(store, s);
        expect(await store.append(s, expected, batch)).toEqual(first);
        expect(await stored(store, s)).toEqual(before);
      },
    );

    test('at the same time: it is there once', async () => {
      const store = shared();
      const s = newStream();
      const batch = newEvents(3);
      const results = await Promise.all(Array.from({ length: 5 }, () => store.append(s, 'no-stream', batch)));
      expect(new Set(results.map(({ position }) => position)).size).toBe(1);
      expect(await stored(store, s)).toEqual(ids(batch));
    });

    test('with more behind it writes only what is new', async () => {
      const store = shared();
      const s = newStream();
      const [a, b, c, d] = newEvents(4) as [NewEvent, NewEvent, NewEvent, NewEvent];
      await store.append(s, 'no-stream', [a, b]);
      const result = await store.append(s, 'no-stream', [a, b, c]);
      expect(result.revision).toBe(2n);
      await store.append(s, 0n, [b, c, d]);
      expect(await stored(store, s)).toEqual(ids([a, b, c, d]));
    });

    test.each<ExpectedRevision>(['any', 'stream-exists', 2n])(
      'mixed with new events, expecting %s, writes only the new ones, in order',
      async (expected) => {
        const store = shared();
        const s = newStream();
        const [a, b, c, d, e] = newEvents(5) as [NewEvent, NewEvent, NewEvent, NewEvent, NewEvent];
        await store.append(s, 'any', [a, b, c]);
        const result = await store.append(s, expected, [d, b, e, a]);
        expect(result.revision).toBe(4n);
        expect(await stored(store, s)).toEqual(ids([a, b, c, d, e]));
      },
    );

    // The stream has a, b, c. What the append begins with and the stream ends with may have been written by the same append before.
    type Repeat = [batch: string, expected: ExpectedRevision, ok: boolean];
    test.each<Repeat>([
      ['abcd', 'no-stream', true],
      ['bcd', 0n, true],
      ['cd', 1n, true],
      ['bcde', 2n, true],
      ['ad', 2n, true],
      ['da', 'any', true],
      ['abd', 'no-stream', false],
      ['abd', 1n, false],
      ['bd', 0n, false],
      ['cbd', 1n, true],
      ['cbd', 0n, false],
      ['dbc', 0n, false],
      ['bacd', 0n, false],
      ['bacd', 2n, true],
      ['dc', 1n, false],
      ['bcd', 'no-stream', false],
      ['bcd', 1n, false],
      ['abcd', 3n, false],
    ])('in part: %s expecting %s: %s', async (batch, expected, ok) => {
      const store = shared();
      const s = newStream();
      const events = new Map([...'abcde'].map((letter) => [letter, newEvent(letter)]));
      const eventsOf = (letters: string): NewEvent[] => [...letters].map((letter) => events.get(letter)!);
      await store.append(s, 'any', eventsOf('abc'));
      const append = store.append(s, expected, eventsOf(batch));
      const fresh = ok ? batch.replace(/[abc]/g, '') : '';
      if (ok) expect((await append).revision).toBe(2n + BigInt(fresh.length));
      else await rejection(append, 'wrong-expected-revision');
      expect(await stored(store, s)).toEqual(ids(eventsOf(`abc${fresh}`)));
    });

    test('to another stream is another event', async () => {
      const store = shared();
      const s = newStream();
      const batch = newEvents(2);
      await store.append(s, 'any', batch);
      const t = newStream();
      await store.append(t, 'no-stream', batch);
      expect(await stored(store, t)).toEqual(ids(batch));
      expect(await stored(store, s)).toEqual(ids(batch));
    });
  });

  describe('append refuses', () => {
    const shared = share();

    const at = (bytes: number): NewEvent => {
      const event = newEvent('Large', { text: '' });
      const json = JSON.stringify(event.data) + JSON.stringify(event.metadata);
      const frame = Buffer.byteLength(json) + 2 * event.type.length;
      return { ...event, data: { text: 'x'.repeat(bytes - frame) } };
    };

    test('more than 1 MiB, and takes exactly that', async () => {
      const store = shared();
      const s = newStream();
      const error = await rejection(store.append(s, 'any', [at(MAX_APPEND_BYTES + 1)]), 'event-too-large');
      expect(error.message).toMatch(/ has 1048577 bytes.*at most 1048576/);
      await rejection(
        store.append(s, 'any', [at(MAX_APPEND_BYTES / 2), at(MAX_APPEND_BYTES / 2 + 1)]),
        'event-too-large',
      );
      const umlauts = newEvent('Large', { text: 'ä'.repeat(MAX_APPEND_BYTES / 2) });
      await rejection(store.append(s, 'any', [umlauts]), 'event-too-large');
      expect(await stored(store, s)).toEqual([]);
      const whole = at(MAX_APPEND_BYTES);
      await store.append(s, 'any', [whole]);
      expect((await collect(store.readStream(s)))[0]!.data).toEqual(whole.data);
    });

    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const event = newEvent();
    const s = newStream();
    test.each<[what: string, stream: string, events: readonly NewEvent[], message: RegExp]>([
      ['no events', s, [], / has no events/],
      ['an id that is no UUID', s, [newEvent(), { ...event, id: 'one' }], /event 1 .*"one" is not a UUID/],
      ['an id in upper case', s, [{ ...event, id: event.id.toUpperCase().replace(/^./, 'A') }], /lower case/],
      ['an id twice', s, [event, event], /twice/],
      ['an empty type', s, [{ ...event, type: '' }], /event 0 .*type ""/],
      ['a control character in a type', s, [{ ...event, type: 'a\u0000b' }], /control characters/],
      ['an empty stream', '', [event], /stream ""/],
      ['a stream with half a character', 's\ud800', [event], /is not a name/],
      ['a stream with a long name', 's'.repeat(513), [event], /1 to 512 characters/],
      ['a time that is no number', s, [{ ...event, metadata: { time: Number.NaN } }], /metadata\.time is NaN/],
      ['no metadata', s, [{ ...event, metadata: undefined as never }], /metadata\.time is undefined/],
      ['no data', s, [{ ...event, data: null as never }], /data is null; expected an object/],
      ['data with a cycle', s, [{ ...event, data: circular }], /data is not plain JSON: .*circular/i],
      ['data with a bigint', s, [{ ...event, data: { n: 1n } }], /data is not plain JSON: .*BigInt/],
    ])('%s', async (_, stream, events, message) => {
      const store = shared();
      const head = await store.head();
      expect((await rejection(store.append(stream, 'any', events), 'invalid-event')).message).toMatch(message);
      expect(await store.head()).toBe(head);
    });

    test('one bad event with its good neighbours: all or nothing', async () => {
      const store = shared();
      const s = newStream();
      await rejection(store.append(s, 'any', [newEvent(), newEvent(''), newEvent()]), 'invalid-event');
      expect(await stored(store, s)).toEqual([]);
    });
  });
};
