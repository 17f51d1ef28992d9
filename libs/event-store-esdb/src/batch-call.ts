import { randomUUID } from 'node:crypto';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { uuidText, type BatchAppendReq, type BatchAppendResp } from '@millwright/esdb-protocol';
import { EventStoreError, type AppendResult, type ExpectedRevision, type NewRecord } from '@millwright/event-store';
import type { EsdbConnection } from './connection.js';
import { batchRequest } from './convert.js';
import { fromStatus, toEventStoreError } from './errors.js';

type Call = ClientDuplexStream<BatchAppendReq, BatchAppendResp>;

interface Pending {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: EventStoreError) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Appends of one connection over one call that stays open. Each has a deadline of its own; when one passes, nothing of the call is believed any
 * more: all that is under way fails, and the next append connects anew. Whether those that failed were written, the stream tells.
 */
export class BatchCall {
  private readonly connection: EsdbConnection;
  private readonly pending = new Map<string, Pending>();
  private call: Promise<Call> | undefined;

  constructor(connection: EsdbConnection) {
    this.connection = connection;
  }

  /** Appends to the same stream are written in the order of these calls. */
  append(
    stream: string,
    expected: ExpectedRevision,
    records: readonly NewRecord[],
    deadlineMs: number,
  ): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      const id = randomUUID();
      const opening = (this.call ??= this.open());
      const late = (): void => this.fail(opening, toLate(this.connection.name, stream, deadlineMs));
      const timer = setTimeout(late, deadlineMs);
      this.pending.set(id, { stream, expected, resolve, reject, timer });
      opening.then(
        (call) => {
          if (this.pending.has(id)) call.write(batchRequest(id, stream, expected, records));
        },
        (error: unknown) => this.fail(opening, toEventStoreError(this.connection.name, 'append', error)),
      );
    });
  }

  close(): void {
    if (this.call) this.fail(this.call, new EventStoreError('closed', `the log at ${this.connection.name} is closed`));
  }

  private open(): Promise<Call> {
    const opening: Promise<Call> = this.connection.streams(Infinity, (client, ...args) => {
      const call = client.batchAppend(...args);
      call.on('data', (answer: BatchAppendResp) => this.settle(answer));
      call.on('error', (error: Error) => {
        void this.connection.failed(error);
        this.fail(opening, toEventStoreError(this.connection.name, 'append', error));
      });
      call.on('end', () =>
        this.fail(
          opening,
          new EventStoreError('unavailable', `${this.connection.name} has ended the call for appends`),
        ),
      );
      return call;
    });
    return opening;
  }

  private settle(answer: BatchAppendResp): void {
    const id = uuidText(answer.getCorrelationId());
    const entry = this.pending.get(id);
    if (!entry) return;
    this.pending.delete(id);
    clearTimeout(entry.timer);
    const { stream, expected, resolve, reject } = entry;
    const done = answer.getSuccess();
    const status = answer.getError();
    if (done) {
      const position = BigInt(done.getPosition()?.getCommitPosition() ?? 0);
      resolve({ revision: BigInt(done.getCurrentRevision()), position });
    } else reject(fromStatus(this.connection.name, stream, expected.toString(), status!));
  }

  /** Ends a call, if it is still the one in use: what is under way fails with the error. */
  private fail(opening: Promise<Call>, error: EventStoreError): void {
    if (this.call !== opening) return;
    this.call = undefined;
    const entries = [...this.pending.values()];
    this.pending.clear();
    for (const { timer, reject } of entries) {
      clearTimeout(timer);
      reject(error);
    }
    opening.then(
      (call) => call.cancel(),
      () => undefined,
    );
    if (error.code === 'deadline-exceeded') void this.connection.failed(unavailable(error));
  }
}

const toLate = (server: string, stream: string, deadlineMs: number): EventStoreError =>
  new EventStoreError(
    'deadline-exceeded',
    `append to "${stream}" at ${server} was not answered within ${Math.round(deadlineMs)} ms; repeating it is harmless`,
  );

/** A server that says nothing is treated as one that is away: the client connects anew. */
const unavailable = (cause: Error): Error =>
  Object.assign(new Error(cause.message, { cause }), { code: 14, details: cause.message });
