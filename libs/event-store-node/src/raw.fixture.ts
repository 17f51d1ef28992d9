import { once } from 'node:events';
import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { shared, streams, type ReadReq } from '@millwright/esdb-protocol';
import { FrameReader, frameOf } from './grpc/frames.js';

export interface RawStatus {
  readonly code: number;
  readonly details: string;
  readonly trailers: Record<string, unknown>;
}

/** A connection that can do what no client does: stop reading, send what is none, leave things unfinished. */
export class RawConnection {
  readonly session: ClientHttp2Session;

  private constructor(session: ClientHttp2Session) {
    this.session = session;
    session.on('error', () => undefined);
  }

  static async open(port: number): Promise<RawConnection> {
    const session = connect(`http://127.0.0.1:${port}`, { maxSessionMemory: 1_000 });
    await once(session, 'connect');
    return new RawConnection(session);
  }

  /** `method`: of Streams, or a whole path. */
  call(method: string, headers: Record<string, string> = {}): RawCall {
    const path = method.startsWith('/') ? method : `/event_store.client.streams.Streams/${method}`;
    return new RawCall(
      this.session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', ...headers }),
    );
  }

  /** A call with its one message. */
  request(method: string, message: Uint8Array, headers?: Record<string, string>): RawCall {
    const call = this.call(method, headers);
    call.send(message);
    call.stream.end();
    return call;
  }

  close(): void {
    this.session.destroy();
  }
}

export class RawCall {
  readonly stream: ClientHttp2Stream;
  readonly messages: Buffer[] = [];
  readonly status: Promise<RawStatus>;
  private readonly reader = new FrameReader(Infinity);
  private wake: (() => void) | undefined;

  constructor(stream: ClientHttp2Stream) {
    this.stream = stream;
    this.status = new Promise((resolve) => {
      const take = (headers: Record<string, unknown>): void => {
        if (headers['grpc-status'] === undefined) return;
        const details = decodeURIComponent((headers['grpc-message'] as string | undefined) ?? '');
        resolve({ code: Number(headers['grpc-status']), details, trailers: headers });
      };
      stream.on('response', take);
      stream.on('trailers', take);
    });
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => {
      this.reader.push(chunk);
      for (let message = this.reader.next(); message; message = this.reader.next()) this.messages.push(message);
      this.wake?.();
    });
  }

  send(message: Uint8Array): void {
    this.stream.write(frameOf(message));
  }

  async until(count: number): Promise<Buffer[]> {
    while (this.messages.length < count) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.messages;
  }
}

/** A request for the whole log, filled in so far that it is one. */
export const allRequest = (change: (options: ReadReq.Options) => unknown = () => undefined): Uint8Array => {
  const options = new streams.ReadReq.Options()
    .setAll(new streams.ReadReq.Options.AllOptions().setStart(new shared.Empty()))
    .setNoFilter(new shared.Empty())
    .setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()));
  change(options);
  return new streams.ReadReq().setOptions(options).serializeBinary();
};

export const subscription = (): Uint8Array =>
  allRequest((options) => options.setSubscription(new streams.ReadReq.Options.SubscriptionOptions()));
