import { Duplex, Readable } from 'node:stream';
import { status, type Channel } from '@grpc/grpc-js';
import type { BatchAppendReq, BatchAppendResp, ReadReq, ReadResp } from '@millwright/esdb-protocol';
import { parseConnection } from './connection-string.js';
import { EsdbConnection, type Link } from './connection.js';

/** A call that the code under test has made. */
export class FakeCall<Request, Answer> extends Duplex {
  readonly requests: Request[] = [];
  cancelled = false;

  constructor() {
    super({ objectMode: true });
    this.on('error', () => undefined);
  }

  override _read(): void {}

  override _write(request: Request, _: BufferEncoding, done: () => void): void {
    this.requests.push(request);
    this.emit('asked');
    done();
  }

  answer(...answers: readonly Answer[]): this {
    for (const answer of answers) this.push(answer);
    return this;
  }

  finish(): this {
    this.push(null);
    return this;
  }

  fail(code: status, details = 'as planned'): this {
    this.destroy(Object.assign(new Error(details), { code, details }));
    return this;
  }

  cancel(): void {
    if (this.cancelled || this.destroyed) return;
    this.cancelled = true;
    this.fail(status.CANCELLED, 'Cancelled on client');
  }
}

export type FakeRead = FakeCall<never, ReadResp>;
export type FakeBatch = FakeCall<BatchAppendReq, BatchAppendResp>;

/** A connection whose calls end here; each new channel is one more link. */
export class FakeServer {
  readonly connection: EsdbConnection;
  readonly reads: { readonly request: ReadReq; readonly call: FakeRead }[] = [];
  readonly batches: FakeBatch[] = [];
  links = 0;
  /** What happens to a read; by itself it stays silent. */
  onRead: (call: FakeRead, request: ReadReq) => void = () => undefined;
  onBatch: (call: FakeBatch) => void = () => undefined;
  private link: Link | undefined;

  constructor() {
    this.connection = new EsdbConnection(parseConnection('esdb://fake:2113?tls=false'));
    this.connection.open = async () => (this.link ??= this.connect());
    const { failed } = EsdbConnection.prototype;
    this.connection.failed = (link, ...rest) => {
      const error = failed.call(this.connection, link, ...rest);
      if (link === this.link && this.connection.fault) this.link = undefined;
      return error;
    };
  }

  private connect(): Link {
    this.links++;
    const streams = {
      read: (request: ReadReq): Readable => {
        const call: FakeRead = new FakeCall();
        this.reads.push({ request, call });
        setImmediate(() => this.onRead(call, request));
        return call;
      },
      batchAppend: (): Duplex => {
        const call: FakeBatch = new FakeCall();
        this.batches.push(call);
        this.onBatch(call);
        return call;
      },
    };
    const channel = { close: () => undefined } as Channel;
    return { endpoint: { address: 'fake', port: 2113 }, channel, streams, operations: {} } as unknown as Link;
  }
}
