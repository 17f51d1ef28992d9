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

/** Where the server cannot tell which events are wanted, so many are asked for at least. */
const LEAST_PAGE = 256;

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
      'look',
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
    while (left > 0) {
      // The event at the place comes again, and the server lets pass some that do not match.
      const count = isServerFilter(filter) ? left + 1 : Math.max(left, LEAST_PAGE);
      let received = 0;
      const request = (wanted: EventFilter | undefined): ReadReq => allRequest(direction, place, count, wanted);
      for await (const records of this.filtered(request, filter, signal)) {
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
      if (received < count || signal?.aborted) return;
    }
  }

  /**
   * A read of the whole log. The server filters, as far as it can; but while it looks through a long stretch without a match it says nothing,
   * so that after half the deadline everything is asked for, and filtered here.
   */
  private async *filtered(
    request: (filter: EventFilter | undefined) => ReadReq,
    filter: EventFilter | undefined,
    signal?: AbortSignal,
  ): AsyncGenerator<readonly LogRecord[]> {
    const action = 'read the log';
    const { deadlineMs } = this.options;
    if (filter && isNarrowed(filter)) {
      try {
        yield* this.records({ action, signal, deadlineMs: deadlineMs / 2, request: () => request(filter) });
        return;
      } catch (error) {
        if (!(error instanceof EventStoreError) || error.code !== 'deadline-exceeded') throw error;
      }
    }
    yield* this.records({ action, signal, request: () => request(undefined) });
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
