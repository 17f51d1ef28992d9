import { identifierOf, streams, uuidOf } from '@millwright/esdb-protocol';
import { EventStoreError, type RecordLog } from '@millwright/event-store';
import type { AppendBudget } from './append-budget.js';
import { add, commit, propose, type Proposal } from './append.js';
import { statusOf, toStatus } from './errors.js';
import type { Call } from './grpc/call.js';
import { frameOf } from './grpc/frames.js';
import type { Handler } from './grpc/server.js';
import { invalid } from './unary.js';
import { appendedFrame } from './wire/answers.js';
import {
  decodeBatchAppend,
  decodeRecord,
  type AppendOptions,
  type BatchAppendMessage,
} from './wire/append-requests.js';

export interface BatchLimits {
  readonly budget: AppendBudget;
  /** Bytes of one call's appends that are being written, beyond which the call is not read on. */
  readonly maxBufferedBytes: number;
  /** Aborted when the node closes. */
  readonly closing: AbortSignal;
}

/** An append of one correlation id, until it is answered. */
interface Entry {
  readonly id: string;
  readonly stream: string;
  /** Undefined: the request is none. */
  readonly proposal: Proposal | undefined;
  /** Bytes of its records in memory, taken from the budget. */
  bytes: number;
  timer: NodeJS.Timeout | undefined;
  state: 'open' | 'pending' | 'answered';
}

/** About what an append costs in memory beside its records, and its answer. */
const ENTRY_BYTES = 512;
/** Bytes of appends whose last message has not come, of one call; its messages may come interleaved with others'. */
const MAX_OPEN_BYTES = 16 * 1024 * 1024;
const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;
/** Node's timers know no more; some 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** `Streams.BatchAppend`: appends of many correlation ids in one call, each answered when it is durable. */
export const batchAppend =
  (log: RecordLog, limits: BatchLimits): Handler =>
  (call) =>
    new Batch(log, call, limits).serve();

/**
 * One call. The bytes of appends that are whole and not answered yet are bounded: beyond, the call is not read on, and the protocol's flow
 * control holds the client. So does a client that reads no answers. Appends that never become whole are refused beyond a bound.
 */
class Batch {
  private readonly log: RecordLog;
  private readonly call: Call;
  private readonly limits: BatchLimits;
  private readonly open = new Map<string, Entry>();
  private openBytes = 0;
  private pendingBytes = 0;
  /** Appends that are whole, or refused, and whose answer is not sent. */
  private pending = 0;
  private halfClosed = false;

  constructor(log: RecordLog, call: Call, limits: BatchLimits) {
    this.log = log;
    this.call = call;
    this.limits = limits;
  }

  serve(): void {
    const { call } = this;
    const { closing } = this.limits;
    const close = (): void => {
      call.pause();
      this.endWhenAnswered();
    };
    closing.addEventListener('abort', close);
    // A client that is gone hears nothing more; what it has sent whole is written all the same.
    call.signal.addEventListener('abort', () => {
      closing.removeEventListener('abort', close);
      this.forgetOpen();
    });
    call.receive(
      (message) => {
        try {
          this.take(decodeBatchAppend(message));
        } catch (error) {
          call.end(statusOf(error));
        }
      },
      () => {
        this.halfClosed = true;
        this.endWhenAnswered();
      },
    );
  }

  private take({ correlationId: id, options, records, isFinal }: BatchAppendMessage): void {
    if (!UUID.test(id)) throw invalid(`the correlation id "${id.slice(0, 50)}" is not a UUID`);
    const entry = this.open.get(id) ?? (options && this.begin(id, options));
    // Undefined for the rest of an append that has been answered already.
    if (entry?.state !== 'open') return;
    try {
      for (const record of records) this.add(entry, record);
    } catch (error) {
      return this.refuse(entry, error);
    }
    if (isFinal) this.write(entry);
  }

  private begin(id: string, options: AppendOptions): Entry {
    const { stream = '', deadline } = options;
    const [proposal, error] = attempt(() => propose(options));
    const entry: Entry = { id, stream, proposal, bytes: 0, timer: undefined, state: 'open' };
    this.open.set(id, entry);
    this.openBytes += ENTRY_BYTES;
    if (error !== undefined) this.refuse(entry, error);
    else if (deadline !== undefined) this.limit(entry, deadline - Date.now());
    return entry;
  }

  /** The client's deadline ends its waiting, not the append: it may become durable later, and repeating it is harmless. */
  private limit(entry: Entry, ms: number): void {
    const expire = (): void =>
      this.refuse(
        entry,
        new EventStoreError(
          'deadline-exceeded',
          `the append to "${entry.stream}" was not durable by the deadline that came with it`,
        ),
      );
    if (!(ms > 0)) expire();
    else if (ms <= MAX_TIMER_MS) entry.timer = setTimeout(expire, ms);
  }

  private add(entry: Entry, record: Buffer): void {
    const bytes = add(entry.proposal!, decodeRecord(record));
    if (this.openBytes + bytes > MAX_OPEN_BYTES) {
      const message = `appends of ${this.openBytes} bytes have begun and are not whole, of ${MAX_OPEN_BYTES} that may be; end some before the next`;
      throw new EventStoreError('overloaded', message);
    }
    this.limits.budget.take(bytes);
    entry.bytes += bytes;
    this.openBytes += bytes;
  }

  private write(entry: Entry): void {
    this.settle(entry);
    commit(this.log, entry.proposal!).then(
      ({ revision, position }) => this.answer(entry, appendedFrame(entry.id, entry.stream, revision, position)),
      (error: unknown) => this.answer(entry, failureFrame(entry, error)),
    );
  }

  private refuse(entry: Entry, error: unknown): void {
    if (entry.state === 'open') this.settle(entry);
    this.answer(entry, failureFrame(entry, error));
  }

  /** Nothing more comes of the append; it is to be answered. */
  private settle(entry: Entry): void {
    entry.state = 'pending';
    this.open.delete(entry.id);
    this.openBytes -= entry.bytes + ENTRY_BYTES;
    this.pendingBytes += entry.bytes + ENTRY_BYTES;
    this.pending++;
    if (this.pendingBytes > this.limits.maxBufferedBytes) this.call.pause();
  }

  private answer(entry: Entry, frame: Buffer): void {
    if (entry.state === 'answered') return;
    entry.state = 'answered';
    clearTimeout(entry.timer);
    this.call.send(frame, () => {
      this.pending--;
      this.pendingBytes -= entry.bytes + ENTRY_BYTES;
      this.limits.budget.give(entry.bytes);
      const { maxBufferedBytes, closing } = this.limits;
      if (this.pendingBytes <= maxBufferedBytes && !closing.aborted) this.call.resume();
      this.endWhenAnswered();
    });
  }

  private endWhenAnswered(): void {
    if (this.pending > 0) return;
    if (this.halfClosed) this.call.end();
    else if (this.limits.closing.aborted) this.call.end(statusOf(closed()));
  }

  private forgetOpen(): void {
    for (const { timer, bytes } of this.open.values()) {
      clearTimeout(timer);
      this.limits.budget.give(bytes);
    }
    this.open.clear();
  }
}

const attempt = <T>(work: () => T): [result: T | undefined, error: unknown] => {
  try {
    return [work(), undefined];
  } catch (error) {
    return [undefined, error];
  }
};

const closed = (): EventStoreError =>
  new EventStoreError('closed', 'the node is being closed; what is not answered may be sent again');

const failureFrame = ({ id, stream }: Entry, error: unknown): Buffer => {
  const answer = new streams.BatchAppendResp()
    .setCorrelationId(uuidOf(id))
    .setStreamIdentifier(identifierOf(stream))
    .setError(toStatus(error));
  return frameOf(answer.serializeBinary());
};
