import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WrongExpectedRevisionError } from '../event-store-error.js';
import type { EventStore, ExpectedRevision, NewEvent, RecordedEvent } from '../event-store.port.js';
import { collect, Follower, ids, newEvent, TestClock, type Abilities, type Target } from './contract-kit.js';
import { logCommands } from './model/log-commands.js';
import { LogModel } from './model/log-model.js';
import { expectAsModel, POOL_SIZE, type LogCommand, type RealLog } from './model/log-run.js';

/** A run takes milliseconds; a slow disk, or a server far away, more. */
const TIMEOUT = 120_000;

export const modelContract = ({ open, can }: Target): void => {
  describe('against the model', { timeout: TIMEOUT }, () => {
    test('any sequence of commands, one after the other', async () => {
      const clock = new TestClock();
      const store = await open({ liveEvents: 5, now: clock.now });
      const commands = fc.commands([logCommands(can)], { maxCommands: 40, size: 'max' });
      await fc.assert(
        fc.asyncProperty(commands, (sequence) => holds(store, clock, can, sequence)),
        { numRuns: 40 },
      );
    });

    test('any appends, all at once: each stream is as if they had come one after the other', async () => {
      const store = await open({ liveEvents: 5 });
      await fc.assert(
        fc.asyncProperty(appends, (sequence) => holdsAtOnce(store, sequence)),
        { numRuns: 40 },
      );
    });
  });
};

/** Runs the commands in streams of their own within a shared store, and compares everything that can be read in the end. */
const holds = async (
  store: EventStore,
  clock: TestClock,
  { clock: hasClock }: Abilities,
  sequence: Iterable<LogCommand>,
): Promise<void> => {
  const real: RealLog = {
    store,
    clock,
    prefix: `${randomUUID()}-`,
    pool: Array.from({ length: POOL_SIZE }, () => randomUUID()),
    places: [],
    followers: [],
  };
  const model = new LogModel(hasClock ? clock.now : () => 0);
  try {
    await fc.asyncModelRun(() => ({ model, real }), sequence);
    await expectAsModel(model, real);
  } finally {
    for (const { follower } of real.followers) await follower.stop();
  }
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

const holdsAtOnce = async (store: EventStore, sequence: readonly Append[]): Promise<void> => {
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
