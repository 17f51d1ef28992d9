import { randomUUID } from 'node:crypto';
import { EventStoreError, StreamDeletedError, WrongExpectedRevisionError } from '../event-store-error.js';
import type {
  AppendResult,
  EventFilter,
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
import { isSystemStream, matcher } from '../filter.js';
import { metadataOwner, metadataStream, SCAVENGES_STREAM } from '../retention.js';

/**
 * An apparently empty log within a store that others use too, so that the suite can run against a server that is there already: streams
 * get a prefix of its own, and everything that is said of the whole log is said of them. The clock and scavenges are everybody's.
 */
export const inOwnStreams = (store: EventStore): EventStore => new OwnStreams(store);

class OwnStreams implements EventStore {
  private readonly store: EventStore;
  private readonly prefix = `${randomUUID()}-`;

  constructor(store: EventStore) {
    this.store = store;
  }

  append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<AppendResult> {
    return this.own(this.store.append(this.outside(stream), expected, events));
  }

  async *readStream(stream: string, options?: ReadStreamOptions): AsyncGenerator<RecordedEvent> {
    const events = this.store.readStream(this.outside(stream), options)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.own(events.next());
        if (done) return;
        yield this.inside(value);
      }
    } finally {
      await events.return?.();
    }
  }

  async *readAll({ filter, maxCount = Infinity, ...options }: ReadAllOptions = {}): AsyncGenerator<RecordedEvent> {
    const matches = matcher(filter);
    // The pattern is looked at here: it speaks of names without the prefix.
    const count = filter?.streamPattern === undefined ? maxCount : Infinity;
    let left = maxCount;
    for await (const event of this.store.readAll({ ...options, filter: this.outsideFilter(filter), maxCount: count })) {
      const own = this.inside(event);
      if (!matches(own)) continue;
      if (left-- === 0) return;
      yield own;
    }
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem> {
    const { filter } = options;
    const items = this.store.subscribe({ ...options, filter: this.outsideFilter(filter) });
    return {
      [Symbol.asyncIterator]: () => {
        const iterator = items[Symbol.asyncIterator]();
        return {
          next: async () => {
            const matches = matcher(filter);
            for (;;) {
              const { done, value } = await iterator.next();
              if (done) return { done, value: undefined };
              if (value.kind === 'caught-up') {
                const position = value.position && (await this.lastUpTo(value.position));
                return { done: false, value: { kind: 'caught-up', position } };
              }
              const events = value.events.map((event) => this.inside(event)).filter(matches);
              if (events.length > 0) return { done: false, value: { kind: 'events', events } };
            }
          },
          return: async () => {
            await iterator.return?.();
            return { done: true, value: undefined };
          },
        };
      },
    };
  }

  head(): Promise<Position | undefined> {
    return this.lastUpTo();
  }

  async positionAt(time: number): Promise<Position | undefined> {
    const position = await this.store.positionAt(time);
    return position && this.lastUpTo(position);
  }

  deleteStream(stream: string, expected?: ExpectedRevision): Promise<void> {
    return this.own(this.store.deleteStream(this.outside(stream), expected));
  }

  tombstoneStream(stream: string, expected?: ExpectedRevision): Promise<void> {
    return this.own(this.store.tombstoneStream(this.outside(stream), expected));
  }

  scavenge(): Promise<ScavengeResult> {
    return this.store.scavenge();
  }

  health(): LogHealth {
    return this.store.health();
  }

  close(): Promise<void> {
    return this.store.close();
  }

  private async lastUpTo(from?: Position): Promise<Position | undefined> {
    const filter = { streamPrefixes: this.outsidePrefixes(['', '$']) };
    const options = { direction: 'backwards', filter, maxCount: 1, ...(from && { from }) } as const;
    for await (const { position } of this.store.readAll(options)) return position;
    return undefined;
  }

  /** The stream's name in the store that is shared. */
  private outside(stream: string): string {
    if (stream === '' || stream === SCAVENGES_STREAM) return stream;
    const owner = metadataOwner(stream);
    if (owner !== undefined) return metadataStream(this.outside(owner));
    return isSystemStream(stream) ? `$${this.prefix}${stream.slice(1)}` : this.prefix + stream;
  }

  private inside(event: RecordedEvent): RecordedEvent {
    return { ...event, stream: event.stream.replace(this.prefix, '') };
  }

  private outsideFilter({ streamPattern: _, streamPrefixes, ...filter }: EventFilter = {}): EventFilter {
    return { ...filter, streamPrefixes: this.outsidePrefixes(streamPrefixes ?? ['']) };
  }

  /** A prefix that ends within the dollars may go on with more of them. */
  private outsidePrefixes(prefixes: readonly string[]): string[] {
    return prefixes.flatMap((prefix) => {
      const [, dollars, name] = /^(\$*)(.*)$/s.exec(prefix) as unknown as [string, string, string];
      const more = name !== '' || dollars === '' ? [''] : ['', '$', '$$'];
      return more.map((rest) => `${dollars}${rest}${this.prefix}${name}`);
    });
  }

  /** Errors name streams without the prefix. */
  private async own<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (error) {
      const bare = (text: string): string => text.replaceAll(this.prefix, '');
      if (error instanceof StreamDeletedError) throw new StreamDeletedError(bare(error.stream));
      if (error instanceof WrongExpectedRevisionError)
        throw new WrongExpectedRevisionError(bare(error.stream), error.expected, error.actual);
      if (error instanceof EventStoreError)
        throw new EventStoreError(error.code, bare(error.message), { cause: error });
      throw error;
    }
  }
}
