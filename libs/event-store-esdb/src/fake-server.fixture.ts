import { Duplex } from 'node:stream';
import { status, type Channel } from '@grpc/grpc-js';
import {
  streams,
  type BatchAppendReq,
  type BatchAppendResp,
  type ReadReq,
  type ReadResp,
} from '@millwright/esdb-protocol';
import { parseConnection } from './connection-string.js';
import { EsdbConnection } from './connection.js';
import type { Link } from './link.js';
import { readAnswer } from './wire.js';

/** A call that the code under test has made: what it writes is kept, what it reads is told here. */
export class FakeCall<Request, Answer> extends Duplex {
  readonly requests: Request[] = [];
  cancelled = false;
  private readonly decode: (message: Buffer) => Request;
  private readonly encode: (answer: Answer) => unknown;

  constructor(decode: (message: Buffer) => Request, encode: (answer: Answer) => unknown) {
    super({ objectMode: true });
    this.decode = decode;
    this.encode = encode;
    this.on('error', () => undefined);
  }

  override _read(): void {}

  override _write(message: Buffer, _: BufferEncoding, done: () => void): void {
    this.requests.push(this.decode(message));
    this.emit('asked');
    done();
  }

  answer(...answers: readonly Answer[]): this {
    for (const answer of answers) this.push(this.encode(answer));
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

const newRead = (): FakeRead =>
  new FakeCall(
    () => {
      throw new Error('nothing is written to a read');
    },
    (answer) => readAnswer(Buffer.from(answer.serializeBinary())),
  );
const newBatch = (): FakeBatch => new FakeCall(streams.BatchAppendReq.deserializeBinary, (answer) => answer);

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
    const read = (request: ReadReq): FakeRead => {
      const call = newRead();
      this.reads.push({ request, call });
      setImmediate(() => this.onRead(call, request));
      return call;
    };
    const batchAppend = (): FakeBatch => {
      const call = newBatch();
      this.batches.push(call);
      this.onBatch(call);
      return call;
    };
    const channel = { close: () => undefined } as Channel;
    return { endpoint: { address: 'fake', port: 2113 }, channel, read, batchAppend } as unknown as Link;
  }
}
