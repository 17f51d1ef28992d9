import { encodeAppend } from './encode-append.js';
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
} from './event-store.port.js';
import { isSystemStream } from './filter.js';
import { toEvent, toSharedEvent, type LogRecord, type RecordLog } from './record-log.port.js';

/** A log of records as the house's log of JSON events. */
export class JsonEventStore implements EventStore {
  private readonly log: RecordLog;

  constructor(log: RecordLog) {
    this.log = log;
  }

  async append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<AppendResult> {
    return this.log.append(stream, expected, encodeAppend(stream, events));
  }

  async *readStream(stream: string, options?: ReadStreamOptions): AsyncGenerator<RecordedEvent> {
    for await (const record of this.log.readStream(stream, options)) yield toEvent(record);
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent> {
    const filter = withoutSystem(options.filter);
    for await (const record of this.log.readAll({ ...options, filter })) yield toEvent(record);
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem> {
    const items = this.log.subscribe({ ...options, filter: withoutSystem(options.filter) });
    return {
      [Symbol.asyncIterator]: () => {
        const records = items[Symbol.asyncIterator]();
        return {
          next: async () => {
            const { done, value } = await records.next();
            return done ? { done, value: undefined } : { done: false, value: toItem(value) };
          },
          // Straight to the log's own: one that waits for a pending next might wait for ever.
          return: async () => {
            await records.return?.();
            return { done: true, value: undefined };
          },
        };
      },
    };
  }

  head(): Promise<Position | undefined> {
    return this.log.head();
  }

  positionAt(time: number): Promise<Position | undefined> {
    return this.log.positionAt(time);
  }

  deleteStream(stream: string, expected?: ExpectedRevision): Promise<void> {
    return this.log.deleteStream(stream, expected);
  }

  tombstoneStream(stream: string, expected?: ExpectedRevision): Promise<void> {
    return this.log.tombstoneStream(stream, expected);
  }

  scavenge(): Promise<ScavengeResult> {
    return this.log.scavenge();
  }

  health(): LogHealth {
    return this.log.health();
  }

  close(): Promise<void> {
    return this.log.close();
  }
}

/** The log's own streams are left out, unless a prefix asks for them by name. */
export const withoutSystem = (filter: EventFilter = {}): EventFilter =>
  filter.streamPrefixes?.some(isSystemStream) ? filter : { ...filter, excludeSystem: true };

const toItem = (item: SubscriptionItem<LogRecord>): SubscriptionItem =>
  item.kind === 'events' ? { kind: 'events', events: item.events.map(toSharedEvent) } : item;
