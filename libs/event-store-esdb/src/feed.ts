import {
  LiveTail,
  type EventStoreError,
  type LiveTailOptions,
  type LogRecord,
  type Position,
} from '@millwright/event-store';
import { Answers } from './answers.js';
import type { Pause } from './back-off.js';
import type { EsdbConnection } from './connection.js';
import { isPassing } from './errors.js';
import { allRequest } from './read-requests.js';
import type { EsdbReader } from './reader.js';

export interface FeedOptions {
  readonly connection: EsdbConnection;
  readonly reader: EsdbReader;
  readonly deadlineMs: number;
  readonly tail: Omit<LiveTailOptions, 'head'>;
  readonly pause: Pause;
  /** The log tells of a scavenge that is complete. */
  readonly onScavenged: () => void;
}

/**
 * One subscription to the whole log: it brings new events to a tail that all readers share, and after any break goes on behind the last event
 * it brought. The tail is bounded, so that nothing is kept for a slow reader.
 */
export class Feed {
  /** The tail, when it is known where the log ends; undefined when the feed is stopped before. */
  readonly ready: Promise<LiveTail<LogRecord> | undefined>;
  /** Settled when the tail is ready, or when it is not known when it will be. */
  readonly looked: Promise<unknown>;
  /** Where the log ended when the feed began. */
  beganAt: Position | undefined;
  /** Why there is no subscription now. */
  fault: EventStoreError | undefined;
  /** Counts what has come, so that silence can be told. */
  received = 0;
  private readonly options: FeedOptions;
  private known: LiveTail<LogRecord> | undefined;
  private answers: Answers | undefined;
  private stopped = false;
  private tellReady!: (tail: LiveTail<LogRecord> | undefined) => void;
  private tellLooked!: () => void;
  private suspect: number | undefined;

  constructor(options: FeedOptions) {
    this.options = options;
    this.ready = new Promise((resolve) => (this.tellReady = resolve));
    this.looked = new Promise<void>((resolve) => (this.tellLooked = resolve));
    void this.run();
  }

  get tail(): LiveTail<LogRecord> | undefined {
    return this.known;
  }

  /** Ends the subscription, and all readers with it. */
  stop(): void {
    this.stopped = true;
    this.known?.close();
    this.tellReady(undefined);
    this.tellLooked();
    this.answers?.cancel();
  }

  /** The subscription is not to be trusted: it is begun again. */
  restart(): void {
    this.answers?.cancel();
  }

  /** The log reaches to here: a subscription that has brought nothing from one look to the next, though it is behind, is dead. */
  check(head: Position | undefined): void {
    const last = this.known?.head;
    const behind = head !== undefined && (last === undefined || last < head);
    if (behind && this.suspect === this.received) this.restart();
    this.suspect = behind ? this.received : undefined;
  }

  private async run(): Promise<void> {
    await this.begin();
    for (let attempt = 0; !this.stopped; attempt++) {
      try {
        await this.follow(() => (attempt = 0));
      } catch (error) {
        this.fault = error as EventStoreError;
      }
      if (!this.stopped) await this.options.pause(attempt);
    }
  }

  private async begin(): Promise<void> {
    const { reader, deadlineMs, pause } = this.options;
    for (let attempt = 0; !this.stopped && !this.known; attempt++) {
      try {
        this.beganAt = await reader.probe(deadlineMs);
        this.known = new LiveTail({ ...this.options.tail, head: this.beganAt });
      } catch (error) {
        this.fault = error as EventStoreError;
        if (!isPassing(this.fault)) this.tellLooked();
        await pause(attempt);
      }
    }
    this.tellReady(this.stopped ? undefined : this.known);
    this.tellLooked();
  }

  private async follow(onAnswer: () => void): Promise<void> {
    const { connection, deadlineMs } = this.options;
    const request = allRequest('forwards', this.known?.head, 'subscription', undefined);
    const answers = await Answers.open(connection, request, 'follow the log', deadlineMs);
    this.answers = answers;
    if (this.stopped) answers.cancel();
    // The first answer says that the subscription is there; the next may take any time.
    for (let wait = deadlineMs; ; wait = Infinity) {
      const batch = await answers.next(wait);
      if (!batch) break;
      this.received++;
      this.fault = undefined;
      onAnswer();
      this.publish(batch);
    }
  }

  private publish(records: readonly LogRecord[]): void {
    const tail = this.known;
    // A server may send an event again that came just before a break.
    const fresh = records.filter(({ position }) => tail?.head === undefined || position > tail.head);
    if (fresh.length === 0) return;
    const bytes = fresh.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);
    tail?.publish(fresh, bytes);
    if (fresh.some(({ type }) => type === '$scavengeCompleted')) this.options.onScavenged();
  }
}
