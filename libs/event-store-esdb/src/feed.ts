import type { ReadResp } from '@millwright/esdb-protocol';
import type { EventStoreError, LiveTail, LogRecord } from '@millwright/event-store';
import type { ClientReadableStream } from '@grpc/grpc-js';
import type { EsdbConnection } from './connection.js';
import { recordOf } from './convert.js';
import { toEventStoreError } from './errors.js';
import { allRequest } from './read-requests.js';

export interface FeedOptions {
  readonly connection: EsdbConnection;
  readonly tail: LiveTail<LogRecord>;
  readonly pause: (attempt: number) => Promise<void>;
  readonly stopped: AbortSignal;
  /** The log tells of a scavenge that is complete. */
  readonly onScavenged: () => void;
}

/**
 * The one subscription of a store: it brings the log's new events to the tail that all readers share, and after any break goes on behind the
 * last event it brought. The tail is bounded, so that nothing is kept for a slow reader.
 */
export class Feed {
  private readonly options: FeedOptions;
  /** Why there is no subscription now. */
  fault: EventStoreError | undefined;
  private arrived: LogRecord[] = [];
  private call: ClientReadableStream<ReadResp> | undefined;

  constructor(options: FeedOptions) {
    this.options = options;
  }

  async run(): Promise<void> {
    const { connection, stopped, pause } = this.options;
    stopped.addEventListener('abort', () => this.call?.cancel());
    for (let attempt = 0; !stopped.aborted; attempt++) {
      try {
        await this.follow(() => (attempt = 0));
      } catch (error) {
        await connection.failed(error as Error);
        this.fault = toEventStoreError(connection.name, 'follow the log', error);
      }
      if (!stopped.aborted) await pause(attempt);
    }
  }

  private async follow(onConfirmed: () => void): Promise<void> {
    const { connection, tail, stopped } = this.options;
    const request = allRequest('forwards', tail.head, 'subscription', undefined);
    const call = await connection.streams(Infinity, (client, ...args) => client.read(request, ...args));
    this.call = call;
    if (stopped.aborted) call.cancel();
    await new Promise<void>((resolve, reject) => {
      call.on('data', (answer: ReadResp) => {
        const record = recordOf(answer);
        if (record) this.take(record);
        else if (answer.hasConfirmation()) {
          this.fault = undefined;
          onConfirmed();
        }
      });
      call.on('error', reject);
      call.on('end', resolve);
    }).finally(() => this.publish());
  }

  /** What comes in one turn of the event loop is published together. */
  private take(record: LogRecord): void {
    const head = this.arrived.at(-1)?.position ?? this.options.tail.head;
    // A server may send an event again that came just before a break.
    if (head !== undefined && record.position <= head) return;
    if (this.arrived.push(record) === 1) setImmediate(() => this.publish());
  }

  private publish(): void {
    const records = this.arrived;
    if (records.length === 0) return;
    this.arrived = [];
    const bytes = records.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);
    this.options.tail.publish(records, bytes);
    if (records.some(({ type }) => type === '$scavengeCompleted')) this.options.onScavenged();
  }
}
