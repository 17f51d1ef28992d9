import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { EventStoreError, type EventStoreErrorCode } from '../event-store-error.js';
import type {
  EventStore,
  NewEvent,
  ReadStreamOptions,
  RecordedEvent,
  SubscribeOptions,
  SubscriptionItem,
} from '../event-store.port.js';

export interface ContractSettings {
  /** The log's clock, epoch milliseconds; a store whose clock cannot be set ignores it. */
  readonly now: () => number;
  /** How many recent events to keep for live readers, at most: small, so that readers fall behind. */
  readonly liveEvents: number;
}

/** What a target of the suite can do; tests of what it cannot are not declared. */
export interface Abilities {
  /** The log goes by the clock of the settings. */
  readonly clock: boolean;
  /**
   * `whole`: a scavenge removes all that is hidden, and tells how much and up to where. `started`: it removes of that what it likes, when
   * it likes; EventStoreDB keeps the last event of every stream.
   */
  readonly scavenge: 'whole' | 'started';
  /** Closes a store and opens its log again; absent for a log that ends with its store. */
  readonly reopen?: (store: EventStore, settings: ContractSettings) => Promise<EventStore>;
}

/** Opens an empty store of its own for each call; the suite closes it. */
export type MakeStore = (settings: ContractSettings) => Promise<EventStore>;

export type OpenStore = (settings?: Partial<ContractSettings>) => Promise<EventStore>;

/** What the tests of the suite are declared with. */
export interface Target {
  /** Opens an empty store, closed after the test. */
  readonly open: OpenStore;
  /** One store for all tests of the group that calls it: opening is what takes the time. Each test names streams of its own in it. */
  readonly share: () => () => EventStore;
  /** Closes a store of `open` and opens its log again; absent where the target cannot. */
  readonly reopen: ((store: EventStore) => Promise<EventStore>) | undefined;
  readonly can: Abilities;
}

/** Of a test, milliseconds: for a machine that has much else to do, or a server far away. No test waits for it to pass. */
export const TIMEOUT = 120_000;

let streams = 0;
/** The name of a stream that no other test has, and that no other name begins with. */
export const newStream = (name = 's'): string => `${name}-${++streams}.`;

/** A clock for `open`; only targets with the ability go by it. */
export class TestClock {
  private time = 1_700_000_000_000;
  readonly now = (): number => this.time;

  advance(seconds: number): void {
    this.time += seconds * 1_000;
  }
}

export const newEvent = (type = 'Happened', data: object = {}): NewEvent => ({
  id: randomUUID(),
  type,
  data,
  metadata: { time: 1_700_000_000_000 },
});

export const newEvents = (count: number, type?: string): NewEvent[] =>
  Array.from({ length: count }, (_, n) => newEvent(type, { n }));

export const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

export const ids = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id);

/** The error that a promise rejects with, checked to be an EventStoreError, of one of the codes where there are some. */
export const rejection = async (
  promise: Promise<unknown>,
  ...codes: readonly EventStoreErrorCode[]
): Promise<EventStoreError> => {
  const error: unknown = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error, `expected a rejection with ${codes.join(' or ') || 'any code'}`).toBeInstanceOf(EventStoreError);
  if (codes.length > 0) expect(codes).toContain((error as EventStoreError).code);
  return error as EventStoreError;
};

export const revisionsOf = async (store: EventStore, stream: string, options?: ReadStreamOptions): Promise<number[]> =>
  (await collect(store.readStream(stream, options))).map(({ revision }) => Number(revision));

/** A stream shows these revisions, whichever way it is read. */
export const expectShown = async (store: EventStore, stream: string, revisions: readonly number[]): Promise<void> => {
  expect(await revisionsOf(store, stream)).toEqual(revisions);
  expect(await revisionsOf(store, stream, { direction: 'backwards' })).toEqual([...revisions].reverse());
};

/**
 * The whole log, read both ways and followed, has every event written that is shown, and of the others what it still has, in the order
 * they were written. What a store adds of its own (EventStoreDB's `$streamDeleted`) is passed over.
 */
export const expectWholeLog = async (
  store: EventStore,
  written: readonly NewEvent[],
  isShown: (event: NewEvent) => boolean,
): Promise<void> => {
  const follower = new Follower(store, { after: 'start' });
  await follower.untilCaughtUp();
  await follower.stop();
  const reads = [
    await collect(store.readAll()),
    (await collect(store.readAll({ direction: 'backwards' }))).reverse(),
    follower.seen,
  ];
  for (const read of reads) {
    const found = ids(read.filter(({ type }) => !type.startsWith('$')));
    expect(found).toEqual(ids(written.filter((event) => isShown(event) || found.includes(event.id))));
  }
};

/** Pulls a subscription by hand. */
export class Follower {
  readonly seen: RecordedEvent[] = [];
  readonly caughtUpAt: (bigint | undefined)[] = [];
  private readonly items: AsyncIterator<SubscriptionItem>;

  constructor(store: EventStore, options: SubscribeOptions) {
    this.items = store.subscribe(options)[Symbol.asyncIterator]();
  }

  /** Takes one item; false when the subscription has ended. */
  async pull(): Promise<boolean> {
    const { done, value } = await this.items.next();
    if (done) return false;
    if (value.kind === 'events') this.seen.push(...value.events);
    else this.caughtUpAt.push(value.position);
    return true;
  }

  /** Pulls until so many events have been seen in all, and no more. */
  async untilSeen(count: number): Promise<void> {
    await this.untilSeenAtLeast(count);
    expect(this.seen.slice(count).map(({ stream, revision, position }) => ({ stream, revision, position }))).toEqual(
      [],
    );
  }

  /** How many events come at once is the store's choice. */
  async untilSeenAtLeast(count: number): Promise<void> {
    while (this.seen.length < count && (await this.pull()));
    expect(this.seen.length).toBeGreaterThanOrEqual(count);
  }

  /** Pulls until each of the events has been seen, whatever else comes. */
  async untilSeenAll(wanted: readonly string[]): Promise<void> {
    const missing = (): string[] => wanted.filter((id) => !this.seen.some((event) => event.id === id));
    while (missing().length > 0 && (await this.pull()));
    expect(missing()).toEqual([]);
  }

  async untilCaughtUp(): Promise<void> {
    const before = this.caughtUpAt.length;
    while (this.caughtUpAt.length === before && (await this.pull()));
    expect(this.caughtUpAt.length).toBe(before + 1);
  }

  async stop(): Promise<void> {
    await this.items.return?.();
  }
}
