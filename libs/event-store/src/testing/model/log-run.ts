import fc from 'fast-check';
import { expect } from 'vitest';
import type { EventStore, Position, RecordedEvent } from '../../event-store.port.js';
import { collect, type Follower, type TestClock } from '../contract-kit.js';
import type { LogModel, ModelEvent } from './log-model.js';

/** The store under test; the run has streams of its own in it, whose names begin with `prefix`, and ids of its own. */
export interface RealLog {
  store: EventStore;
  /** Closes the store and opens its log again. */
  readonly reopen: ((store: EventStore) => Promise<EventStore>) | undefined;
  readonly clock: TestClock;
  readonly prefix: string;
  /** The model names ids by their index here. */
  readonly pool: readonly string[];
  /** Places in the log that appends have told: position, and how many events of the run lie up to there. */
  readonly places: { readonly position: Position; readonly count: number }[];
  readonly followers: ModelFollower[];
}

export interface ModelFollower {
  readonly follower: Follower;
  /** So many events of the run lie before its start. */
  readonly start: number;
  readonly matches: (event: ModelEvent) => boolean;
}

export type LogCommand = fc.AsyncCommand<LogModel, RealLog>;

export const command = (
  text: string,
  run: (model: LogModel, real: RealLog) => Promise<void>,
  check: (model: Readonly<LogModel>) => boolean = () => true,
): LogCommand => ({ run, check, toString: () => text });

/** Streams whose names begin with each other's. */
export const STREAMS = ['a', 'ab', 'b'] as const;
export const stream = fc.constantFrom(...STREAMS);
/** Few ids, so that repeats of all kinds are common. */
export const POOL_SIZE = 16;
const TYPES = ['Odd', 'Odder', 'NotOdd'] as const;
export const typeOf = (index: number): string => TYPES[index % TYPES.length]!;

/** Everything that can be read is as the model says. */
export const expectAsModel = async (model: LogModel, real: RealLog): Promise<void> => {
  const { store, prefix } = real;
  for (const name of STREAMS) {
    const { events, tombstoned } = model.stream(name);
    if (tombstoned) continue;
    const shown = events.filter((event) => model.isShown(event));
    expectSame(real, await collect(store.readStream(prefix + name)), shown);
    expectSame(real, await collect(store.readStream(prefix + name, { direction: 'backwards' })), shown.reverse());
  }
  const filter = { streamPrefixes: [prefix] };
  const forwards = await collect(store.readAll({ filter }));
  const backwards = await collect(store.readAll({ filter, direction: 'backwards' }));
  forwards.reduce(
    (before, event) => {
      expect(event.position).toBeGreaterThan(before.position);
      expect(event.recordedAt).toBeGreaterThanOrEqual(before.recordedAt);
      return event;
    },
    { position: 0n, recordedAt: -Infinity },
  );
  expectFair(model, real, model.log, forwards, Infinity);
  expectFair(model, real, [...model.log].reverse(), backwards, Infinity);
  for (const follower of real.followers) await expectFollowed(model, real, follower);
};

/** An event as the model has it; what the log has added of its own is passed over. */
type Seen = Pick<ModelEvent, 'stream' | 'revision' | 'id' | 'type'>;

const seenOf = ({ prefix, pool }: RealLog, events: readonly RecordedEvent[]): Seen[] =>
  events
    .filter(({ type }) => !type.startsWith('$'))
    .map(({ stream, revision, id, type }) => ({
      stream: stream.slice(prefix.length),
      revision,
      id: pool.indexOf(id),
      type,
    }));

const keyOf = ({ stream, revision }: Seen): string => `${stream}@${revision}`;

export const expectSame = (real: RealLog, read: readonly RecordedEvent[], model: readonly ModelEvent[]): void => {
  expect(seenOf(real, read)).toEqual(model.map(({ stream, revision, id, type }) => ({ stream, revision, id, type })));
};

/** A read of the whole log has all that is shown, as far as it goes, nothing that is removed, and of the rest what it likes. */
export const expectFair = (
  model: LogModel,
  real: RealLog,
  way: readonly ModelEvent[],
  read: readonly RecordedEvent[],
  maxCount: number,
): void => {
  expect(read.length).toBeLessThanOrEqual(maxCount);
  const keys = new Set(seenOf(real, read).map(keyOf));
  const end = read.length < maxCount ? way.length : way.findLastIndex((event) => keys.has(keyOf(event))) + 1;
  const due = way
    .slice(0, end)
    .filter((event) => event.state !== 'removed' && (model.isShown(event) || keys.has(keyOf(event))));
  expectSame(real, read, due);
};

/** A follower gets everything that is shown, in order and once; what is hidden, or was removed behind its back, it may have seen. */
export const expectFollowed = async (
  model: LogModel,
  real: RealLog,
  { follower, start, matches }: ModelFollower,
): Promise<void> => {
  const way = model.log.slice(start).filter(matches);
  const shown = way.filter((event) => model.isShown(event)).map(keyOf);
  const seen = (): Set<string> => new Set(seenOf(real, follower.seen).map(keyOf));
  while (shown.some((key) => !seen().has(key)) && (await follower.pull()));
  const keys = seen();
  expectSame(
    real,
    follower.seen,
    way.filter((event) => model.isShown(event) || keys.has(keyOf(event))),
  );
};
