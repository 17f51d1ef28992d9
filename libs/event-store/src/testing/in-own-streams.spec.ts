import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { EventStoreError } from '../event-store-error.js';
import type {
  AppendResult,
  EventStore,
  ExpectedRevision,
  LogHealth,
  NewEvent,
  Position,
  ReadAllOptions,
  ReadStreamOptions,
  RecordedEvent,
  ScavengeResult,
  SubscribeOptions,
  SubscriptionItem,
} from '../event-store.port.js';
import { METADATA_TYPE } from '../retention.js';
import { collect, newEvent, newEvents } from './contract-kit.js';
import { eventStoreContract } from './event-store.contract.js';
import { inOwnStreams } from './in-own-streams.js';
import { MemoryEventStore } from './memory-event-store.js';

/** One connection to a store that others use too, and write to at the same time: closing it ends what goes through it. */
class Connection implements EventStore {
  private readonly store: EventStore;
  private readonly closed = new AbortController();
  private readonly appends = new Set<Promise<unknown>>();

  constructor(store: EventStore) {
    this.store = store;
  }

  append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<AppendResult> {
    const append = this.whileOpen(async () => {
      const result = this.store.append(stream, expected, events);
      for (const name of ['s', 'asset-a']) await this.store.append(name, 'any', [newEvent('Odd')]);
      return result;
    });
    this.appends.add(append);
    return append.finally(() => this.appends.delete(append));
  }

  readStream(stream: string, options?: ReadStreamOptions): AsyncGenerator<RecordedEvent> {
    return this.generate(() => this.store.readStream(stream, options));
  }

  readAll(options?: ReadAllOptions): AsyncGenerator<RecordedEvent> {
    return this.generate(() => this.store.readAll(options));
  }

  subscribe({ signal, ...options }: SubscribeOptions): AsyncIterable<SubscriptionItem> {
    this.assertOpen();
    const signals = signal ? [signal, this.closed.signal] : [this.closed.signal];
    return this.store.subscribe({ ...options, signal: AbortSignal.any(signals) });
  }

  head(): Promise<Position | undefined> {
    return this.whileOpen(() => this.store.head());
  }

  positionAt(time: number): Promise<Position | undefined> {
    return this.whileOpen(() => this.store.positionAt(time));
  }

  deleteStream(stream: string, expected?: ExpectedRevision): Promise<void> {
    return this.whileOpen(() => this.store.deleteStream(stream, expected));
  }

  tombstoneStream(stream: string, expected?: ExpectedRevision): Promise<void> {
    return this.whileOpen(() => this.store.tombstoneStream(stream, expected));
  }

  scavenge(): Promise<ScavengeResult> {
    return this.whileOpen(() => this.store.scavenge());
  }

  health(): LogHealth {
    return this.closed.signal.aborted ? { ...this.store.health(), state: 'down' } : this.store.health();
  }

  async close(): Promise<void> {
    this.closed.abort();
    await Promise.allSettled(this.appends);
  }

  private async whileOpen<T>(work: () => Promise<T>): Promise<T> {
    this.assertOpen();
    return work();
  }

  private async *generate<T>(items: () => AsyncIterable<T>): AsyncGenerator<T> {
    this.assertOpen();
    yield* items();
  }

  private assertOpen(): void {
    if (this.closed.signal.aborted) throw new EventStoreError('closed', 'the connection is closed');
  }
}

const server = new MemoryEventStore({ tail: { maxEvents: 4 } });
afterAll(() => server.close());

eventStoreContract('MemoryEventStore that all tests share', async () => inOwnStreams(new Connection(server)), {
  clock: false,
  scavenge: 'started',
});

describe('a log in its own streams', () => {
  test('is empty, whatever else the store has', async () => {
    const store = new MemoryEventStore();
    await store.append('s', 'any', newEvents(3));
    const own = inOwnStreams(store);
    expect(await own.head()).toBeUndefined();
    expect(await own.positionAt(Number.MAX_SAFE_INTEGER)).toBeUndefined();
    expect(await collect(own.readAll())).toEqual([]);
    expect(await collect(own.readStream('s'))).toEqual([]);
  });

  test('names streams as its user does, also system streams, and keeps them apart in the store', async () => {
    const store = new MemoryEventStore();
    const [own, others] = [inOwnStreams(store), inOwnStreams(store)];
    for (const log of [own, others]) {
      await log.append('s', 'no-stream', newEvents(1));
      await log.append('$$s', 'no-stream', [newEvent(METADATA_TYPE)]);
      await log.append('$own', 'no-stream', newEvents(1));
    }
    const streamsOf = async (streamPrefixes: string[]): Promise<string[]> =>
      (await collect(own.readAll({ filter: { streamPrefixes } }))).map(({ stream }) => stream);
    expect(await streamsOf(['', '$'])).toEqual(['s', '$$s', '$own']);
    expect(await streamsOf(['$$'])).toEqual(['$$s']);
    expect(await streamsOf(['$o'])).toEqual(['$own']);
    expect(await collect(store.readAll({ filter: { streamPrefixes: ['', '$'] } }))).toHaveLength(6);
  });

  test('says no word of its prefix in errors', async () => {
    const store = new MemoryEventStore();
    const own = inOwnStreams(store);
    const error = await own.append('s', 3n, [{ ...newEvent(), id: randomUUID() }]).catch((e: unknown) => e);
    expect(error).toMatchObject({ stream: 's', message: expect.stringMatching(/^stream "s" is at/) });
    await expect(own.append('s', 'any', [])).rejects.toThrow(/"s" has no events/);
  });
});
