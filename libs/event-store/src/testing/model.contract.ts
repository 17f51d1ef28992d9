import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WrongExpectedRevisionError } from '../event-store-error.js';
import type { EventStore, ExpectedRevision, NewEvent, RecordedEvent } from '../event-store.port.js';
import { collect, Follower, ids, type OpenStore } from './contract-kit.js';

/** What the port says an append does, in the fewest words: a list of ids per stream and one of the whole log. */
class Model {
  readonly log: { readonly stream: string; readonly id: string }[] = [];

  stream(name: string): string[] {
    return this.log.filter(({ stream }) => stream === name).map(({ id }) => id);
  }

  /** False when the expectation is wrong. */
  append(stream: string, expected: ExpectedRevision, batch: readonly string[]): boolean {
    const there = this.stream(stream);
    const fresh = batch.filter((id) => !there.includes(id));
    if (fresh.length > 0 && !this.meets(there, expected) && !this.meets(withoutRepeatedEnd(there, batch), expected))
      return false;
    this.log.push(...fresh.map((id) => ({ stream, id })));
    return true;
  }

  private meets(there: readonly string[], expected: ExpectedRevision): boolean {
    if (expected === 'any') return true;
    if (expected === 'no-stream') return there.length === 0;
    if (expected === 'stream-exists') return there.length > 0;
    return BigInt(there.length) - 1n === expected;
  }
}

/** The stream before the longest end of it that the batch begins with. */
const withoutRepeatedEnd = (there: readonly string[], batch: readonly string[]): readonly string[] => {
  for (let n = Math.min(there.length, batch.length); n > 0; n--) {
    const end = there.slice(-n);
    if (end.every((id, i) => id === batch[i])) return there.slice(0, -n);
  }
  return there;
};

interface Command {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly batch: readonly number[];
}

const expectations = fc.oneof(
  fc.constantFrom<ExpectedRevision>('any', 'no-stream', 'stream-exists'),
  fc.bigInt({ min: 0n, max: 8n }),
);
const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.record({
    stream: fc.constantFrom('a', 'b'),
    expected: expectations,
    // Few ids, so that repeats of all kinds are common.
    batch: fc.uniqueArray(fc.nat({ max: 9 }), { minLength: 1, maxLength: 4 }),
  }),
  { maxLength: 25 },
);

export const modelContract = (open: OpenStore): void => {
  describe('against the model', () => {
    test('any sequence of appends, one after the other', async () => {
      const store = await open({ liveEvents: 5 });
      await fc.assert(
        fc.asyncProperty(commands, (sequence) => holds(store, sequence, 'in turn')),
        { numRuns: 60 },
      );
    });

    test('any sequence of appends, all at once: each stream is as if they had come one after the other', async () => {
      const store = await open({ liveEvents: 5 });
      await fc.assert(
        fc.asyncProperty(commands, (sequence) => holds(store, sequence, 'at once')),
        { numRuns: 40 },
      );
    });
  });
};

/** Runs the commands in streams of their own within a shared store, and compares everything that can be read. */
const holds = async (store: EventStore, sequence: readonly Command[], manner: 'in turn' | 'at once'): Promise<void> => {
  const run = randomUUID();
  const pool = Array.from({ length: 10 }, () => randomUUID());
  const model = new Model();
  const filter = { streamPrefixes: [`${run}-`] };
  const follower = new Follower(store, { after: 'end', filter, maxBatch: 3 });
  const appends = sequence.map((command) => async () => {
    const batch = command.batch.map((n) => pool[n]!);
    const stream = `${run}-${command.stream}`;
    const events = batch.map((id): NewEvent => ({ id, type: 'T', data: {}, metadata: { time: 1 } }));
    const written = await store.append(stream, command.expected, events).then(
      () => true,
      (error: unknown) => {
        if (error instanceof WrongExpectedRevisionError) return false;
        throw error;
      },
    );
    if (manner === 'in turn') expect(written).toBe(model.append(stream, command.expected, batch));
  });
  if (manner === 'in turn') for (const append of appends) await append();
  else await Promise.all(appends.map((append) => append()));

  const log = await collect(store.readAll({ filter }));
  if (manner === 'in turn') {
    expect(log.map(({ stream, id }) => ({ stream, id }))).toEqual(model.log);
  }
  for (const name of ['a', 'b']) {
    const stream = `${run}-${name}`;
    const events = await collect(store.readStream(stream));
    expectUnbroken(events);
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
