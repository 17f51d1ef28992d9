import { encodeAppend, type EncodedAppend } from '../encode-append.js';
import { EventStoreError, WrongExpectedRevisionError } from '../event-store-error.js';
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
  Revision,
  SubscribeOptions,
  SubscriptionItem,
} from '../event-store.port.js';
import { matcher } from '../filter.js';
import { followLog, type LogPage } from '../follow-log.js';
import { LiveTail, type LiveTailOptions } from '../live-tail.js';
import { planAppend } from '../plan-append.js';
import { checkMaxCount, readStart } from '../read-options.js';

export interface MemoryEventStoreOptions {
  /** The log's clock, epoch milliseconds; default Date.now. */
  readonly now?: () => number;
  readonly tail?: Omit<LiveTailOptions, 'head'>;
}

/** Positions are opaque: with steps between them, arithmetic on them shows in tests. */
const POSITION_STEP = 10n;

/** An event as text, so that no reader shares objects with the caller or another reader. */
interface Stored extends Omit<RecordedEvent, 'data' | 'metadata'> {
  readonly data: string;
  readonly metadata: string;
}

interface Stream {
  readonly events: Stored[];
  readonly revisions: Map<string, Revision>;
}

/** The log in memory, for tests: the same contract as the durable ones, and gone with the process. */
export class MemoryEventStore implements EventStore {
  private readonly now: () => number;
  private readonly tail: LiveTail;
  private readonly log: Stored[] = [];
  private readonly streams = new Map<string, Stream>();
  private closed = false;

  constructor({ now = Date.now, tail = {} }: MemoryEventStoreOptions = {}) {
    this.now = now;
    this.tail = new LiveTail({ ...tail, head: undefined });
  }

  async append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<AppendResult> {
    this.assertOpen();
    const encoded = encodeAppend(stream, events);
    const target = this.streams.get(stream) ?? { events: [], revisions: new Map<string, Revision>() };
    const last = target.events.at(-1)?.revision;
    const plan = planAppend(
      last,
      expected,
      encoded.ids.map((id) => target.revisions.get(id)),
    );
    if (!plan.ok) throw new WrongExpectedRevisionError(stream, expected.toString(), last ?? 'no-stream');
    this.streams.set(stream, target);
    this.write(stream, target, plan.fresh, events, encoded);
    const revisions = encoded.ids.map((id) => target.revisions.get(id)!);
    const { revision, position } = target.events[Number(revisions.reduce((a, b) => (a > b ? a : b)))]!;
    return { revision, position };
  }

  async *readStream(
    stream: string,
    { direction = 'forwards', from, maxCount = Infinity }: ReadStreamOptions = {},
  ): AsyncGenerator<RecordedEvent> {
    this.assertOpen();
    const all = this.streams.get(stream)?.events ?? [];
    const selected =
      direction === 'forwards'
        ? all.filter((e) => from === undefined || e.revision >= from)
        : all.filter((e) => from === undefined || e.revision <= from).reverse();
    yield* this.handOut(selected.slice(0, checkMaxCount(maxCount)));
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent> {
    this.assertOpen();
    const { direction, from, after, maxCount } = readStart(options);
    const matches = matcher(options.filter);
    const selected =
      direction === 'forwards'
        ? this.log.filter(
            (e) => (from === undefined || e.position >= from) && (after === undefined || e.position > after),
          )
        : this.log.filter((e) => from === undefined || e.position <= from).reverse();
    yield* this.handOut(selected.filter(matches).slice(0, maxCount));
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem> {
    this.assertOpen();
    return followLog(this.tail, (cursor, filter, limit) => this.page(cursor, filter, limit), options);
  }

  async head(): Promise<Position | undefined> {
    this.assertOpen();
    return this.tail.head;
  }

  async positionAt(time: number): Promise<Position | undefined> {
    this.assertOpen();
    return this.log.findLast((event) => event.recordedAt <= time)?.position;
  }

  health(): LogHealth {
    return this.closed
      ? { state: 'down', detail: 'the in-memory log is closed', appendsInFlight: 0 }
      : { state: 'up', detail: `in memory, ${this.log.length} events, gone with the process`, appendsInFlight: 0 };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.tail.close();
  }

  private write(
    stream: string,
    target: Stream,
    fresh: readonly number[],
    events: readonly NewEvent[],
    encoded: EncodedAppend,
  ): void {
    if (fresh.length === 0) return;
    const recordedAt = Math.max(this.log.at(-1)?.recordedAt ?? 0, this.now());
    const written = fresh.map((index): RecordedEvent => {
      const { id, type, data, metadata } = events[index]!;
      const revision = BigInt(target.events.length);
      const position = BigInt(this.log.length + 1) * POSITION_STEP;
      const place = { id, type, stream, revision, position, recordedAt };
      const stored = { ...place, data: encoded.data[index]!, metadata: encoded.metadata[index]! };
      this.log.push(stored);
      target.events.push(stored);
      target.revisions.set(id, revision);
      return { ...place, data, metadata };
    });
    this.tail.publish(written, encoded.bytes);
  }

  private async page(cursor: Position | undefined, filter: EventFilter | undefined, limit: number): Promise<LogPage> {
    const events: RecordedEvent[] = [];
    for await (const event of this.readAll({
      ...(cursor !== undefined && { after: cursor }),
      ...(filter && { filter }),
      maxCount: limit,
    })) {
      events.push(event);
    }
    return { events, scannedTo: events.length === limit ? events.at(-1)!.position : this.tail.head };
  }

  private *handOut(stored: readonly Stored[]): Generator<RecordedEvent> {
    for (const event of stored) {
      this.assertOpen();
      yield { ...event, data: JSON.parse(event.data), metadata: JSON.parse(event.metadata) };
    }
  }

  private assertOpen(): void {
    if (this.closed) throw new EventStoreError('closed', 'the log is closed');
  }
}
