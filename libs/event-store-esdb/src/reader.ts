import type { ClientReadableStream } from '@grpc/grpc-js';
import type { ReadReq, ReadResp } from '@millwright/esdb-protocol';
import {
  checkMaxCount,
  EventStoreError,
  matcher,
  readStart,
  type EventFilter,
  type LogPage,
  type LogRecord,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
} from '@millwright/event-store';
import type { EsdbConnection } from './connection.js';
import { recordOf } from './convert.js';
import { isPassing, toEventStoreError } from './errors.js';
import { allRequest, streamRequest } from './read-requests.js';

/** Events of one page at most. */
const PAGE_EVENTS = 512;
/** With less time left there is no use in another try, milliseconds. */
const MIN_TRY_MS = 100;

export interface ReaderOptions {
  readonly connection: EsdbConnection;
  /** Longest wait for a page, milliseconds, retries included. */
  readonly deadlineMs: number;
  /** Waits before a retry; rejects nothing, and returns early when the store closes. */
  readonly pause: (attempt: number) => Promise<void>;
  /** Throws when the store is closed. */
  readonly assertOpen: () => void;
}

/** Reads in pages, each with a deadline; a passing failure is tried again from where it happened. */
export class EsdbReader {
  private readonly options: ReaderOptions;

  constructor(options: ReaderOptions) {
    this.options = options;
  }

  async *readStream(
    stream: string,
    { direction = 'forwards', from, maxCount = Infinity }: ReadStreamOptions = {},
  ): AsyncGenerator<LogRecord> {
    const forwards = direction === 'forwards';
    let left = checkMaxCount(maxCount);
    for (let place = from; left > 0;) {
      const count = Math.min(left, PAGE_EVENTS);
      const page = await this.page(streamRequest(stream, direction, place, count), `read stream "${stream}"`, stream);
      yield* page;
      left -= page.length;
      const last = page.at(-1)?.revision;
      if (last === undefined || page.length < count || (!forwards && last === 0n)) return;
      place = forwards ? last + 1n : last - 1n;
    }
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<LogRecord> {
    const { direction, from, after, maxCount } = readStart(options);
    if (direction === 'forwards') {
      yield* this.forwards(from ?? after, after, options.filter, maxCount);
    } else yield* this.backwards(from, options.filter, maxCount);
  }

  /** Last event of the log that passes the filter, or before the position. */
  async lastBefore(position: Position | undefined, filter?: EventFilter): Promise<LogRecord | undefined> {
    const [last] = await this.page(allRequest('backwards', position, 1, filter), 'read the log');
    return last;
  }

  /** One page forwards, for subscriptions; `scannedTo` is where the next one goes on. */
  async readPage(
    cursor: Position | undefined,
    filter: EventFilter | undefined,
    limit: number,
  ): Promise<LogPage<LogRecord>> {
    // Read first: whatever lies between is in the page, or does not match.
    const head = (await this.lastBefore(undefined))?.position;
    const events: LogRecord[] = [];
    for await (const record of this.forwards(cursor, cursor, filter, limit)) events.push(record);
    const last = events.at(-1)?.position;
    const beyond = last === undefined || (head !== undefined && head > last) ? head : last;
    return { events, scannedTo: events.length === limit ? last : (beyond ?? cursor) };
  }

  private async *forwards(
    from: Position | undefined,
    after: Position | undefined,
    filter: EventFilter | undefined,
    maxCount: number,
  ): AsyncGenerator<LogRecord> {
    const matches = matcher(filter);
    let left = maxCount;
    for (let place = from, passed = after; left > 0;) {
      // The event at the place comes again.
      const count = Math.min(left + 1, PAGE_EVENTS);
      const page = await this.page(allRequest('forwards', startOf(place), count, filter), 'read the log');
      for (const record of page) {
        if ((passed !== undefined && record.position <= passed) || !matches(record)) continue;
        yield record;
        if (--left === 0) return;
      }
      if (page.length < count) return;
      place = passed = page.at(-1)!.position;
    }
  }

  private async *backwards(
    from: Position | undefined,
    filter: EventFilter | undefined,
    maxCount: number,
  ): AsyncGenerator<LogRecord> {
    const matches = matcher(filter);
    let left = maxCount;
    let place: Position | undefined;
    if (from !== undefined && left > 0) {
      // The protocol's position backwards is exclusive, and must be one of an event: the first at or after ours.
      const [at] = await this.page(allRequest('forwards', startOf(from), 1, undefined), 'read the log');
      place = at?.position;
      if (at?.position === from && matches(at)) {
        yield at;
        left--;
      }
    }
    while (left > 0) {
      const count = Math.min(left, PAGE_EVENTS);
      const page = await this.page(allRequest('backwards', place, count, filter), 'read the log');
      for (const record of page) {
        if (!matches(record)) continue;
        yield record;
        if (--left === 0) return;
      }
      if (page.length < count) return;
      place = page.at(-1)!.position;
    }
  }

  /** One page; an absent stream is empty. */
  private async page(request: ReadReq, action: string, stream?: string): Promise<LogRecord[]> {
    const { connection, deadlineMs, pause, assertOpen } = this.options;
    const end = performance.now() + deadlineMs;
    let failure: EventStoreError | undefined;
    for (let attempt = 0; ; attempt++) {
      assertOpen();
      const left = end - performance.now();
      // Why it failed before says more than that there is no time left.
      if (failure && left < MIN_TRY_MS) throw failure;
      try {
        const call = await connection.streams(left, (client, ...args) => client.read(request, ...args));
        return await recordsOf(call);
      } catch (error) {
        await connection.failed(error as Error);
        assertOpen();
        failure = toEventStoreError(connection.name, action, error, stream);
        if (!isPassing(failure)) throw failure;
        await pause(attempt);
      }
    }
  }
}

const recordsOf = async (call: ClientReadableStream<ReadResp>): Promise<LogRecord[]> => {
  const records: LogRecord[] = [];
  for await (const answer of call as AsyncIterable<ReadResp>) {
    const record = recordOf(answer);
    if (record) records.push(record);
  }
  return records;
};

/** Before the first event there is no position that a real server takes. */
const startOf = (place: Position | undefined): Position | undefined =>
  place !== undefined && place <= 0n ? undefined : place;

export const closedError = (server: string): EventStoreError =>
  new EventStoreError('closed', `the connection to the log at ${server} is closed`);
