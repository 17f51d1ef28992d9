import {
  LiveTail,
  SCAVENGES_STREAM,
  type EventStoreError,
  type LiveTailOptions,
  type LogRecord,
  type ScavengeResult,
} from '@millwright/event-store';
import { WorkerClient, type WorkerError } from '@millwright/sqlite';
import { toEventStoreError } from './map-error.js';
import type { LogEnd, OperationGroup, ReaderData, ScavengeStep, WriterData } from './messages.js';
import { Outage } from './outage.js';
import { packGroup, unpackOutcomes, type PackedOutcomes } from './packed-operations.js';
import { PagedReader } from './paged-reader.js';
import { WriteQueue } from './write-queue.js';

export interface SessionOptions {
  /** Absolute, without links. */
  readonly path: string;
  readonly now: () => number;
  readonly deadlineMs: number;
  readonly lockWaitMs: number;
  readonly maxBytes: number | undefined;
  readonly maxPendingAppends: number;
  readonly maxPendingBytes: number;
  readonly tail: Omit<LiveTailOptions, 'head'>;
  /** Told in a sentence what is done to the file beyond what was asked. */
  readonly report: (sentence: string) => void;
}

/** Bytes of WAL, by estimate, after which the reader's thread brings it home, so that appends need not wait for that. */
const CHECKPOINT_BYTES = 16 * 1024 * 1024;
/** A commit writes some five pages of its own: the edges of the table and its indexes. */
const WAL_BYTES_PER_COMMIT = 5 * 8_192;
/** Opening may have to bring a long WAL home after a crash. */
const OPEN_DEADLINE_MS = 60_000;
/** A large log of an earlier version may have to be laid out anew. */
const LAYOUT_DEADLINE_MS = 60 * 60_000;
/** A step of a scavenge takes milliseconds, but for a file that has to be written anew. */
const SCAVENGE_STEP_DEADLINE_MS = 60 * 60_000;
/** Bytes of payload. */
const LEAST_HANDED_OVER = 16_384;
/** Workers are JavaScript: from source (in specs) as from the build, the built ones run. */
const WRITER = new URL('../dist/writer.worker.js', import.meta.url);
const READER = new URL('../dist/reader.worker.js', import.meta.url);

/**
 * One life of the log's two threads: the writer, and the reader with a connection of its own, so that reading never holds up an append.
 * When either dies, the session is over, and what happened last is read from the file by the next one.
 */
export class LogSession {
  readonly tail: LiveTail<LogRecord>;
  readonly queue: WriteQueue;
  readonly reader: PagedReader;
  readonly outage: Outage;
  /** Anything that goes wrong in the session as the port's error. */
  readonly toError: (action: string, error: unknown) => EventStoreError;
  private readonly now: () => number;
  private readonly clients: readonly [reader: WorkerClient, writer: WorkerClient];
  /** Why the session is over. Its threads are closed then, but for callers the log is away, not closed. */
  private lost: EventStoreError | undefined;
  private bytesSinceCheckpoint = 0;
  private checkpointing = false;
  private scavenging: Promise<unknown> = Promise.resolve();

  private constructor(options: SessionOptions, writer: WorkerClient, reader: WorkerClient, end: LogEnd) {
    const { path, now, deadlineMs, maxPendingAppends, maxPendingBytes } = options;
    const toError = (this.toError = (action, error) => this.lost ?? toEventStoreError(path, action, error));
    this.clients = [reader, writer];
    this.now = now;
    this.reader = new PagedReader(reader, toError, now);
    this.outage = new Outage(
      () => writer.call('probe', undefined, deadlineMs),
      (error) => toError('write', error),
    );
    this.tail = new LiveTail({ ...options.tail, head: end.position === undefined ? undefined : BigInt(end.position) });
    this.queue = new WriteQueue({
      // Appends have their own deadlines; a group that comes late is durable all the same and must be published.
      commit: async (group) =>
        unpackOutcomes(await writer.call<PackedOutcomes>('write', packGroup(group), Infinity, handedOver(group))),
      publish: (records, bytes) => {
        this.tail.publish(records, bytes);
        this.checkpointAfter(bytes + WAL_BYTES_PER_COMMIT);
      },
      toError,
      refusal: () => this.outage.error,
      onFault: (error) => this.outage.report(error),
      now,
      recordedAt: end.recordedAt,
      deadlineMs,
      maxAppends: maxPendingAppends,
      maxBytes: maxPendingBytes,
    });
  }

  /** Throws {@link EventStoreError}, `locked` when another process writes the log. `onFailure` is called when a thread dies later. */
  static async open(options: SessionOptions, onFailure: (error: EventStoreError) => void): Promise<LogSession> {
    const { path, lockWaitMs, maxBytes } = options;
    const fail = (error: WorkerError): void => onFailure(toEventStoreError(path, 'work', error));
    const writer = new WorkerClient(WRITER, {
      name: "the log's writer",
      workerData: { path, lockWaitMs, maxBytes } satisfies WriterData,
      onFailure: fail,
      onEvent: (_, sentence) => options.report(sentence as string),
    });
    const reader = openReader(path, options.deadlineMs, fail);
    try {
      await writer.ready(OPEN_DEADLINE_MS, LAYOUT_DEADLINE_MS);
      return new LogSession(options, writer, reader, await writer.call<LogEnd>('end'));
    } catch (error) {
      await Promise.all([writer.close(), reader.close()]);
      throw toEventStoreError(path, 'open', error);
    }
  }

  /** Waits for the appends under way, each to its deadline, and ends both threads. */
  async close(): Promise<void> {
    await this.queue.settled();
    this.queue.stop();
    this.tail.close();
    await this.stop();
  }

  /** The session is lost: subscriptions throw the error, and both threads end. */
  async fail(error: EventStoreError): Promise<void> {
    this.lost = error;
    this.tail.fail(error);
    await this.stop();
    this.queue.stop();
  }

  /** Rejects with {@link EventStoreError}; what it has removed by then stays removed. */
  scavenge(): Promise<ScavengeResult> {
    const scavenge = this.scavenging.then(() => this.scavengeNow());
    this.scavenging = scavenge.catch(() => undefined);
    return scavenge;
  }

  private async scavengeNow(): Promise<ScavengeResult> {
    const writer = this.clients[1];
    await writer.call('scavenge', this.now(), SCAVENGE_STEP_DEADLINE_MS);
    for (;;) {
      const step = await writer.call<ScavengeStep>('scavengeStep', undefined, SCAVENGE_STEP_DEADLINE_MS);
      if (step.phase === 'done') return { removedEvents: step.removedEvents, freedBytes: step.freedBytes };
      if (step.phase === 'tell') {
        this.tail.forget();
        await this.queue.add({ kind: 'scavenged', stream: SCAVENGES_STREAM, expected: 'any', records: [], bytes: 0 });
      }
      // Most of the WAL is brought home beside the writer, which then has to wait for little.
      if (step.phase === 'finish') await this.checkpoint();
    }
  }

  private checkpointAfter(bytes: number): void {
    this.bytesSinceCheckpoint += bytes;
    if (this.checkpointing || this.bytesSinceCheckpoint < CHECKPOINT_BYTES) return;
    this.checkpointing = true;
    this.bytesSinceCheckpoint = 0;
    void this.checkpoint().then(() => (this.checkpointing = false));
  }

  /** One that fails costs nothing: the writer checkpoints too, and its errors reach the appends. */
  private async checkpoint(): Promise<void> {
    await this.clients[0].call('checkpoint').catch(() => undefined);
  }

  private async stop(): Promise<void> {
    this.outage.stop();
    // The reader first: the last connection to close brings the WAL home, and that one may write.
    for (const client of this.clients) await client.close();
  }
}

/** Large payloads are handed over; copying small ones is quicker. */
const handedOver = ({ payload }: OperationGroup): ArrayBuffer[] =>
  payload.byteLength < LEAST_HANDED_OVER ? [] : [payload.buffer as ArrayBuffer];

/** The thread that reads a log; it opens the file at its first call. */
export const openReader = (path: string, deadlineMs: number, onFailure: (error: WorkerError) => void): WorkerClient =>
  new WorkerClient(READER, {
    name: "the log's reader",
    workerData: { path } satisfies ReaderData,
    deadlineMs,
    onFailure,
  });
