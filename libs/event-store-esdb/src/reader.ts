import type { ReadReq } from '@millwright/esdb-protocol';
import {
  checkMaxCount,
  EventStoreError,
  matcher,
  readStart,
  type Direction,
  type EventFilter,
  type LogRecord,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
} from '@millwright/event-store';
import { Answers } from './answers.js';
import type { Pause } from './back-off.js';
import type { EsdbConnection } from './connection.js';
import { isPassing } from './errors.js';
import { allRequest, isNarrowed, isServerFilter, letsNothingPass, streamRequest } from './read-requests.js';

export interface ReaderOptions {
  readonly connection: EsdbConnection;
  /** Longest wait without an answer, milliseconds, retries included. */
  readonly deadlineMs: number;
  readonly pause: Pause;
}

interface Read {
  /** What is being done, for messages. */
  readonly action: string;
  readonly stream?: string;
  /** Longest wait without an answer; default the reader's. */
  readonly deadlineMs?: number;
  /** Aborted when nobody wants the rest. */
  readonly signal?: AbortSignal | undefined;
  /** From where the read has come to. */
  request(): ReadReq;
}

interface Scan {
  readonly direction: Direction;
  /** Where it begins: inclusive forwards, exclusive backwards. */
  readonly place: Position | undefined;
  /** Events up to here have been seen. */
  readonly passed?: Position | undefined;
  readonly filter: EventFilter | undefined;
  readonly maxCount: number;
  readonly signal?: AbortSignal | undefined;
}

/** Where the server cannot tell which events are wanted, so many are asked for at once, twice as many each time. */
const LEAST_PAGE = 256;
const MOST_PAGE = 16_384;

export interface ForwardRead {
  readonly from?: Position | undefined;
  readonly after?: Position | undefined;
  readonly filter?: EventFilter | undefined;
  readonly maxCount?: number;
  /** Aborted when nobody wants the rest: the read ends. */
  readonly signal?: AbortSignal;
}

/**
 * Reads, each as one call that is pulled from, so that a slow caller costs the server's patience and no memory. A passing failure is
 * tried again from where it happened, until nothing has come for the deadline.
 */
export class EsdbReader {
  private readonly options: ReaderOptions;

  constructor(options: ReaderOptions) {
    this.options = options;
  }

  async *readStream(
    stream: string,
    { direction = 'forwards', from, maxCount = Infinity }: ReadStreamOptions = {},
  ): AsyncGenerator<LogRecord> {
    const step = direction === 'forwards' ? 1n : -1n;
    let place = from;
    let left = checkMaxCount(maxCount);
    // Also who wants nothing is told that the stream is tombstoned.
    const request = (): ReadReq => streamRequest(stream, direction, place, Math.max(left, 1));
    for await (const records of this.records({ action: `read stream "${stream}"`, stream, request })) {
      for (const record of records) {
        if (left === 0) return;
        yield record;
        place = record.revision + step;
        if (--left === 0 || place < 0n) return;
      }
    }
  }

  readAll(options: ReadAllOptions = {}): AsyncGenerator<LogRecord> {
    const { direction, from, after, maxCount } = readStart(options);
    const { filter } = options;
    return direction === 'forwards'
      ? this.forwards({ from, after, filter, maxCount })
      : this.backwards(from, filter, maxCount);
  }

  /** Events before the position (exclusive; undefined: before the end), the last one first. */
  readBefore(position: Position | undefined, maxCount: number): AsyncGenerator<LogRecord> {
    return this.scan({ direction: 'backwards', place: position, filter: undefined, maxCount });
  }

  /** Position of the log's last event. */
  async head(): Promise<Position | undefined> {
    for await (const { position } of this.readBefore(undefined, 1)) return position;
    return undefined;
  }

  /** Position of the log's last event, asked for once. */
  async probe(deadlineMs: number): Promise<Position | undefined> {
    const { connection } = this.options;
    const answers = await Answers.open(
      connection,
      allRequest('backwards', undefined, 1, undefined),
      'ask for the end of the log',
      deadlineMs,
    );
    try {
      for (let batch = await answers.next(deadlineMs); batch; batch = await answers.next(deadlineMs)) {
        if (batch[0]) return batch[0].position;
      }
      return undefined;
    } finally {
      answers.cancel();
    }
  }

  forwards({ from, after, filter, maxCount = Infinity, signal }: ForwardRead): AsyncGenerator<LogRecord> {
    return this.scan({ direction: 'forwards', place: from ?? after, passed: after, filter, maxCount, signal });
  }

  private async *backwards(
    from: Position | undefined,
    filter: EventFilter | undefined,
    maxCount: number,
  ): AsyncGenerator<LogRecord> {
    let left = maxCount;
    let place: Position | undefined;
    if (from !== undefined && left > 0) {
      // The protocol's position backwards is exclusive, and must be one of an event: the first at or after ours.
      for await (const at of this.forwards({ from, maxCount: 1 })) {
        place = at.position;
        if (at.position === from && matcher(filter)(at)) {
          yield at;
          left--;
        }
      }
    }
    yield* this.scan({ direction: 'backwards', place, filter, maxCount: left });
  }

  private async *scan({ direction, filter, maxCount, signal, ...start }: Scan): AsyncGenerator<LogRecord> {
    const matches = matcher(filter);
    let { place, passed } = start;
    let left = letsNothingPass(filter) ? 0 : maxCount;
    // The server filters, as far as it can.
    let wanted = filter && isNarrowed(filter) ? filter : undefined;
    for (let page = LEAST_PAGE; left > 0 && !signal?.aborted; page = Math.min(page * 2, MOST_PAGE)) {
      const exact = filter === undefined || (wanted !== undefined && isServerFilter(filter));
      // The event at the place comes again.
      const count = exact ? left + 1 : Math.max(left, page);
      let received = 0;
      try {
        for await (const records of this.log(wanted, signal, () => allRequest(direction, place, count, wanted))) {
          for (const record of records) {
            received++;
            if (passed !== undefined && record.position <= passed) continue;
            place = record.position;
            if (direction === 'forwards') passed = place;
            if (!matches(record)) continue;
            yield record;
            if (--left === 0) return;
          }
        }
        if (received < count) return;
      } catch (error) {
        // It looks through a long stretch without a match, and says nothing: from here on everything is sent, and filtered here.
        if (!wanted || !(error instanceof EventStoreError) || error.code !== 'deadline-exceeded') throw error;
        wanted = undefined;
      }
    }
  }

  /** A read of the whole log; one that the server filters has half the deadline. */
  private log(
    wanted: EventFilter | undefined,
    signal: AbortSignal | undefined,
    request: () => ReadReq,
  ): AsyncGenerator<readonly LogRecord[]> {
    const deadlineMs = this.options.deadlineMs / (wanted ? 2 : 1);
    return this.records({ action: 'read the log', deadlineMs, signal, request });
  }

  private async *records(read: Read): AsyncGenerator<readonly LogRecord[]> {
    const { connection, pause } = this.options;
    const { action, stream, signal, deadlineMs = this.options.deadlineMs } = read;
    let answers: Answers | undefined;
    let reason: EventStoreError | undefined;
    const abort = (): void => answers?.cancel();
    signal?.addEventListener('abort', abort);
    let end = performance.now() + deadlineMs;
    const left = (): number => Math.max(1, end - performance.now());
    try {
      for (let attempt = 0; !signal?.aborted;) {
        try {
          answers = await Answers.open(connection, read.request(), action, left());
          if (signal?.aborted) return;
          for (let batch = await answers.next(left(), stream); batch; batch = await answers.next(left(), stream)) {
            attempt = 0;
            reason = undefined;
            yield batch;
            end = performance.now() + deadlineMs;
          }
          return;
        } catch (error) {
          if (!(error instanceof EventStoreError) || !isPassing(error)) throw error;
          // Why it failed before says more than the clock.
          if (error.code !== 'deadline-exceeded') reason = error;
          if (performance.now() >= end) throw reason ?? error;
          await pause(attempt++);
        } finally {
          answers?.cancel();
        }
      }
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }
}
