import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { EventStoreError, type EventStoreErrorCode } from '../event-store-error.js';
import type { EventStore, NewEvent, RecordedEvent, SubscribeOptions, SubscriptionItem } from '../event-store.port.js';

export interface ContractSettings {
  /** The log's clock, epoch milliseconds; a store whose clock cannot be set ignores it. */
  readonly now: () => number;
  /** How many recent events to keep for live readers, at most: small, so that readers fall behind. */
  readonly liveEvents: number;
}

/** Opens an empty store of its own for each call; the suite closes it. */
export type MakeStore = (settings: ContractSettings) => Promise<EventStore>;

export type OpenStore = (settings?: Partial<ContractSettings>) => Promise<EventStore>;

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

/** The error that a promise rejects with, checked to be an EventStoreError of the code. */
export const rejection = async (promise: Promise<unknown>, code: EventStoreErrorCode): Promise<EventStoreError> => {
  const error: unknown = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error, `expected a rejection with "${code}"`).toBeInstanceOf(EventStoreError);
  expect((error as EventStoreError).code).toBe(code);
  return error as EventStoreError;
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

  /** Pulls until so many events have been seen in all. */
  async untilSeen(count: number): Promise<void> {
    while (this.seen.length < count && (await this.pull()));
    expect(this.seen.length).toBe(count);
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
