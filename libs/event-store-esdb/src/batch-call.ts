import { randomUUID } from 'node:crypto';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { uuidText, type BatchAppendResp } from '@millwright/esdb-protocol';
import {
  EventStoreError,
  type ExpectedRevision,
  type NewRecord,
  type Position,
  type Revision,
} from '@millwright/event-store';
import type { EsdbConnection } from './connection.js';
import type { Link } from './link.js';
import { encodeAppend } from './wire.js';
import { fromStatus, toEventStoreError } from './errors.js';

/** What the server says of an append. */
export interface Written {
  /** Of the append's last event. */
  readonly revision: Revision;
  /** Undefined where the server does not tell, as EventStoreDB for an append that it has had before. */
  readonly position: Position | undefined;
}

interface Append {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly records: readonly NewRecord[];
  readonly resolve: (written: Written) => void;
  readonly reject: (error: EventStoreError) => void;
}

interface Pending extends Omit<Append, 'records'> {
  readonly since: number;
}

/** One call, and who waits for its answers. */
interface OpenCall {
  readonly link: Link;
  readonly call: ClientDuplexStream<Buffer, BatchAppendResp>;
  readonly pending: Map<string, Pending>;
  heardAt: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Appends over one call that stays open. When the server says nothing for too long, though appends wait, nothing of the call is believed
 * any more: all that is under way fails, and the next append goes over a new channel. Whether what failed was written, the stream tells.
 */
export class BatchCall {
  private readonly connection: EsdbConnection;
  private readonly silenceMs: number;
  private open: OpenCall | undefined;
  private opening = false;
  /** Appends that came while there was no call, in order. */
  private queue: Append[] = [];

  /** `silenceMs`: longest wait for any answer while appends wait. */
  constructor(connection: EsdbConnection, silenceMs: number) {
    this.connection = connection;
    this.silenceMs = silenceMs;
  }

  /** Appends to the same stream are sent in the order of these calls. Rejects with {@link EventStoreError}. */
  append(stream: string, expected: ExpectedRevision, records: readonly NewRecord[]): Promise<Written> {
    return new Promise((resolve, reject) => {
      const append = { stream, expected, records, resolve, reject };
      if (this.open) return this.send(this.open, append);
      this.queue.push(append);
      if (!this.opening) void this.begin();
    });
  }

  close(): void {
    if (this.open) this.fail(this.open, this.connection.closedError());
  }

  private send(open: OpenCall, { stream, expected, records, resolve, reject }: Append): void {
    const id = randomUUID();
    open.pending.set(id, { stream, expected, since: performance.now(), resolve, reject });
    open.timer ??= setTimeout(() => this.watch(open), this.silenceMs);
    for (const message of encodeAppend(id, stream, expected, records)) open.call.write(message);
  }

  private async begin(): Promise<void> {
    this.opening = true;
    try {
      const open = (this.open = this.start(await this.connection.open(this.silenceMs)));
      for (const append of this.queue.splice(0)) this.send(open, append);
    } catch (error) {
      for (const { reject } of this.queue.splice(0)) reject(error as EventStoreError);
    } finally {
      this.opening = false;
    }
  }

  private start(link: Link): OpenCall {
    const { connection } = this;
    const call = link.batchAppend();
    const open: OpenCall = { link, call, pending: new Map(), heardAt: performance.now(), timer: undefined };
    call.on('data', (answer: BatchAppendResp) => this.settle(open, answer));
    call.on('error', (error: Error) => this.fail(open, error));
    call.on('end', () => this.fail(open, new EventStoreError('unavailable', `${connection.name} has ended the call`)));
    return open;
  }

  private settle(open: OpenCall, answer: BatchAppendResp): void {
    open.heardAt = performance.now();
    this.connection.heard();
    const id = uuidText(answer.getCorrelationId());
    const entry = open.pending.get(id);
    if (!entry) return;
    open.pending.delete(id);
    const done = answer.getSuccess();
    const status = answer.getError();
    if (done) {
      const position = done.getPosition();
      const revision = BigInt(done.getCurrentRevision());
      entry.resolve({ revision, position: position && BigInt(position.getCommitPosition()) });
    } else if (status) {
      entry.reject(fromStatus(this.connection.name, entry.stream, entry.expected.toString(), status));
    } else {
      entry.reject(toEventStoreError(this.connection.name, 'append', new Error('an answer that says nothing')));
    }
  }

  /** Ends the call when nothing has come for too long, though appends wait. */
  private watch(open: OpenCall): void {
    open.timer = undefined;
    const [oldest] = open.pending.values();
    if (!oldest || this.open !== open) return;
    const now = performance.now();
    const silent = now - Math.max(open.heardAt, oldest.since);
    // An answer that does not come while others do is lost too.
    const waited = (now - oldest.since) / 2;
    const left = this.silenceMs - Math.max(silent, waited);
    if (left > 0) {
      open.timer = setTimeout(() => this.watch(open), left);
      return;
    }
    const reason = `no answer to an append has come for ${Math.round(this.silenceMs)} ms; connecting anew`;
    this.fail(open, new EventStoreError('deadline-exceeded', `${this.connection.name}: ${reason}`));
  }

  /** Ends the call: what is under way fails with the error. */
  private fail(open: OpenCall, error: unknown): void {
    if (this.open !== open) return;
    this.open = undefined;
    clearTimeout(open.timer);
    const known = this.connection.failed(open.link, 'append', error);
    for (const { reject } of open.pending.values()) reject(known);
    open.pending.clear();
    open.call.cancel();
  }
}
