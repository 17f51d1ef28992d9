import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WrongExpectedRevisionError } from '../event-store-error.js';
import type { EventStore, ExpectedRevision, NewEvent, RecordedEvent, Revision } from '../event-store.port.js';
import { setRetention } from '../retention.js';
import { collect, Follower, ids, newEvent, newEvents, type Target } from './contract-kit.js';

export const atOnceContract = ({ open }: Target): void => {
  describe('all at once', () => {
    test('any appends: each stream is as if they had come one after the other', async () => {
      const store = await open({ liveEvents: 5 });
      await fc.assert(
        fc.asyncProperty(appends, (sequence) => appendsHold(store, sequence)),
        { numRuns: 40 },
      );
    });

    test('any appends, deletions, retention and a scavenge: a stream shows an unbroken end of what it was given', async () => {
      const store = await open({ liveEvents: 5 });
      await fc.assert(
        fc.asyncProperty(changes, (sequence) => changesHold(store, sequence)),
        { numRuns: 20 },
      );
    });
  });
};

interface Append {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly batch: readonly number[];
}

const appends: fc.Arbitrary<Append[]> = fc.array(
  fc.record({
    stream: fc.constantFrom('a', 'b'),
    expected: fc.oneof(
      fc.constantFrom<ExpectedRevision>('any', 'no-stream', 'stream-exists'),
      fc.bigInt({ min: 0n, max: 8n }),
    ),
    // Few ids, so that repeats of all kinds are common.
    batch: fc.uniqueArray(fc.nat({ max: 9 }), { minLength: 1, maxLength: 4 }),
  }),
  { maxLength: 25 },
);

const appendsHold = async (store: EventStore, sequence: readonly Append[]): Promise<void> => {
  const prefix = `${randomUUID()}-`;
  const pool = Array.from({ length: 10 }, () => newEvent('T'));
  const filter = { streamPrefixes: [prefix] };
  const follower = new Follower(store, { after: 'end', filter, maxBatch: 3 });
  const acknowledged = new Map<string, Set<string>>();
  await Promise.all(
    sequence.map(async ({ stream, expected, batch }) => {
      const events = batch.map((n): NewEvent => pool[n]!);
      try {
        await store.append(prefix + stream, expected, events);
      } catch (error) {
        if (error instanceof WrongExpectedRevisionError) return;
        throw error;
      }
      const there = acknowledged.get(prefix + stream) ?? new Set();
      for (const id of ids(events)) there.add(id);
      acknowledged.set(prefix + stream, there);
    }),
  );

  const log = await collect(store.readAll({ filter }));
  for (const stream of [`${prefix}a`, `${prefix}b`]) {
    const events = await collect(store.readStream(stream));
    expectUnbroken(events);
    expect(new Set(ids(events))).toEqual(acknowledged.get(stream) ?? new Set());
    expect(events).toEqual(log.filter((event) => event.stream === stream));
    expect(await collect(store.readStream(stream, { direction: 'backwards' }))).toEqual([...events].reverse());
  }
  expect(await collect(store.readAll({ filter, direction: 'backwards' }))).toEqual([...log].reverse());
  await follower.untilSeen(log.length);
  expect(follower.seen).toEqual(log);
  await follower.stop();
};

const expectUnbroken = (events: readonly RecordedEvent[]): void => {
  expect(events.map(({ revision }) => revision)).toEqual(events.map((_, n) => BigInt(n)));
  expect(new Set(ids(events)).size).toBe(events.length);
};

type Change =
  | { readonly kind: 'append' | 'keep'; readonly stream: string; readonly count: number }
  | { readonly kind: 'delete'; readonly stream: string };

const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('append' as const),
        stream: fc.constantFrom('a', 'b', 'c'),
        count: fc.integer({ min: 1, max: 4 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('keep' as const),
        stream: fc.constantFrom('a', 'b'),
        count: fc.integer({ min: 1, max: 6 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), stream: fc.constant('a') }) },
  ),
  { minLength: 5, maxLength: 40 },
);

const changesHold = async (store: EventStore, sequence: readonly Change[]): Promise<void> => {
  const prefix = `${randomUUID()}-`;
  const filter = { streamPrefixes: [prefix] };
  const follower = new Follower(store, { after: 'end', filter, maxBatch: 3 });
  const given = new Map<string, string>();
  const change = async (one: Change): Promise<void> => {
    const stream = prefix + one.stream;
    if (one.kind === 'delete') return store.deleteStream(stream);
    if (one.kind === 'keep') return setRetention(store, stream, { maxCount: one.count });
    const events = newEvents(one.count);
    const { revision } = await store.append(stream, 'any', events);
    for (const [n, { id }] of events.reverse().entries()) given.set(keyOf(stream, revision - BigInt(n)), id);
  };
  const scavenging = store.scavenge();
  await Promise.all(
    sequence.map(async (one) => {
      try {
        await change(one);
      } catch (error) {
        // Two who change the metadata at once, and who deletes what is not there yet.
        if (one.kind === 'append' || !(error instanceof WrongExpectedRevisionError)) throw error;
      }
    }),
  );
  await scavenging;

  const shown = new Set<string>();
  for (const name of ['a', 'b', 'c']) {
    const stream = prefix + name;
    const count = [...given.keys()].filter((key) => key.startsWith(keyOf(stream))).length;
    const events = await collect(store.readStream(stream));
    const first = count - events.length;
    expect(events.map(({ revision }) => Number(revision))).toEqual(events.map((_, n) => first + n));
    for (const { revision, id } of events) {
      expect(id).toBe(given.get(keyOf(stream, revision)));
      shown.add(id);
    }
    const changed = sequence.filter((one) => one.stream === name && one.kind !== 'append');
    // Of those that set how many are kept, one was the last; a deletion leaves any end.
    const counts = changed.map((one) => (one.kind === 'keep' ? Math.min(one.count, count) : events.length));
    expect(changed.length === 0 ? [count] : counts).toContain(events.length);
  }
  await follower.untilSeenAll([...shown]);
  await follower.stop();
  for (const read of [await collect(store.readAll({ filter })), follower.seen]) {
    const events = read.filter(({ type }) => !type.startsWith('$'));
    for (const { stream, revision, id } of events) expect(id).toBe(given.get(keyOf(stream, revision)));
    expect(events.map(({ position }) => position)).toEqual(
      events.map(({ position }) => position).sort((a, b) => (a < b ? -1 : 1)),
    );
    expect(new Set(ids(events)).size).toBe(events.length);
    expect(events.filter(({ id }) => shown.has(id))).toHaveLength(shown.size);
  }
};

const keyOf = (stream: string, revision?: Revision): string => `${stream} ${revision ?? ''}`;
