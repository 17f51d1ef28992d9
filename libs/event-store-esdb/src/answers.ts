import type { ClientReadableStream } from '@grpc/grpc-js';
import type { ReadReq } from '@millwright/esdb-protocol';
import { EventStoreError, type LogRecord } from '@millwright/event-store';
import type { EsdbConnection } from './connection.js';
import type { Link } from './link.js';
import { NO_EVENT, type Answer } from './wire.js';

/** The answers of one read or subscription, pulled: what nobody asks for stays with the server. */
export class Answers {
  private readonly connection: EsdbConnection;
  private readonly link: Link;
  private readonly action: string;
  private readonly call: ClientReadableStream<Answer>;
  private error: unknown;
  private ended = false;
  private cancelled = false;
  private wake: (() => void) | undefined;

  private constructor(connection: EsdbConnection, link: Link, action: string, call: ClientReadableStream<Answer>) {
    this.connection = connection;
    this.link = link;
    this.action = action;
    this.call = call;
    connection.track(this);
    call.on('readable', () => this.wake?.());
    call.on('end', () => this.finish(undefined));
    call.on('error', (error) => this.finish(error));
  }

  /** `action`: what is being done, for messages. Rejects with {@link EventStoreError} when there is no way to the server. */
  static async open(
    connection: EsdbConnection,
    request: ReadReq,
    action: string,
    deadlineMs: number,
  ): Promise<Answers> {
    const link = await connection.open(deadlineMs);
    return new Answers(connection, link, action, link.read(request));
  }

  /**
   * Events that have come; none, when answers of other kinds have; undefined at the end, also after `cancel`. Rejects with
   * {@link EventStoreError}: the server's, or `deadline-exceeded`. `stream`: for its errors.
   */
  async next(deadlineMs: number, stream?: string): Promise<readonly LogRecord[] | undefined> {
    let late = false;
    let timer: NodeJS.Timeout | undefined;
    try {
      for (;;) {
        const records = this.take();
        if (records) {
          this.connection.heard();
          return records;
        }
        if (this.cancelled) return this.cancelledEnd();
        if (this.error !== undefined) throw this.connection.failed(this.link, this.action, this.error, stream);
        if (this.ended) return this.connection.heard();
        if (late) throw this.lateError(deadlineMs);
        const waiting = new Promise<void>((resolve) => (this.wake = resolve));
        timer ??= setTimeout(
          () => {
            late = true;
            this.wake?.();
          },
          Math.min(deadlineMs, MAX_TIMER_MS),
        );
        await waiting;
      }
    } finally {
      clearTimeout(timer);
      this.wake = undefined;
    }
  }

  cancel(): void {
    this.cancelled = true;
    this.connection.untrack(this);
    this.call.cancel();
    this.wake?.();
  }

  /** Undefined when nothing has come. */
  private take(): LogRecord[] | undefined {
    let records: LogRecord[] | undefined;
    for (let answer = this.read(); answer; answer = this.read()) {
      if (answer instanceof EventStoreError) throw answer;
      records ??= [];
      if (answer !== NO_EVENT) records.push(answer as LogRecord);
    }
    return records;
  }

  private read(): Answer | null {
    return this.cancelled ? null : (this.call.read() as Answer | null);
  }

  private cancelledEnd(): undefined {
    if (this.connection.closed) throw this.connection.closedError();
    return undefined;
  }

  private finish(error: unknown): void {
    this.ended = true;
    this.connection.untrack(this);
    this.error ??= error;
    this.wake?.();
  }

  private lateError(deadlineMs: number): EventStoreError {
    const reason = `the server did not answer in time, ${Math.round(deadlineMs)} ms`;
    const late = new EventStoreError('deadline-exceeded', `${this.action} at ${this.connection.name}: ${reason}`);
    return this.connection.failed(this.link, this.action, late);
  }
}

/** Node's timers know no more; some 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;
