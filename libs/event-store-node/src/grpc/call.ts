import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { FrameError, FrameReader } from './frames.js';
import { GrpcCode, trailersOf, type GrpcStatus } from './status.js';

export interface CallOptions {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly maxMessageBytes: number;
  /** Called once, when nothing more is sent, whoever has ended the call. */
  readonly onEnd: () => void;
}

const TIMEOUT_UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };
const RESPONSE = { ':status': 200, 'content-type': 'application/grpc+proto', 'grpc-accept-encoding': 'identity' };
const LINGER_MS = 1_000;
/** One for all: abort would make an error with a stack for each call. */
const OVER = new Error('the call is over');
/** Node's timers know no more; some 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * One call of a client. What is sent in one turn of the event loop goes out in one write; what waits for a client that does not read is
 * counted in `backlog`, and it is the handler that has to wait for `room`.
 */
export class Call {
  /** The name and port that the client has called. */
  readonly authority: string;
  /** Aborted when the call is over: answered, given up by the client, or past its deadline. */
  readonly signal: AbortSignal;
  private readonly stream: ServerHttp2Stream;
  private readonly reader: FrameReader;
  private readonly over = new AbortController();
  private readonly onEnd: () => void;
  private deadline: NodeJS.Timeout | undefined;
  private lingering: NodeJS.Timeout | undefined;
  private onMessage: ((message: Buffer) => void) | undefined;
  private onHalfClose: (() => void) | undefined;
  private paused = false;
  private halfClosed = false;
  private corked = false;
  private ended = false;
  private wake: (() => void) | undefined;

  constructor({ stream, headers, maxMessageBytes, onEnd }: CallOptions) {
    this.stream = stream;
    this.authority = headers[':authority'] ?? headers.host ?? '';
    this.reader = new FrameReader(maxMessageBytes);
    this.signal = this.over.signal;
    let told = false;
    this.onEnd = () => {
      if (!told) onEnd();
      told = true;
    };
    // What has gone wrong shows in 'close' too, which comes after it.
    stream.on('error', () => undefined);
    stream.on('drain', () => this.wake?.());
    stream.on('close', () => {
      clearTimeout(this.deadline);
      clearTimeout(this.lingering);
      this.finish();
      this.onEnd();
    });
    this.setDeadline(headers['grpc-timeout']);
  }

  /** The call is over: what is sent now goes nowhere. */
  get isOver(): boolean {
    return this.signal.aborted;
  }

  /** Bytes sent that wait in this process. */
  get backlog(): number {
    return this.stream.writableLength;
  }

  /** Calls back with each message, a view of the bytes that have come, and at the end of them. */
  receive(onMessage: (message: Buffer) => void, onHalfClose: () => void): void {
    this.onMessage = onMessage;
    this.onHalfClose = onHalfClose;
    this.stream.on('data', (chunk: Buffer) => {
      this.reader.push(chunk);
      this.deliver();
    });
    this.stream.on('end', () => {
      this.halfClosed = true;
      this.deliver();
    });
  }

  /** Messages stop coming, and the client is held by flow control. */
  pause(): void {
    this.paused = true;
    this.stream.pause();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    // Later, since who resumes is in the middle of something.
    setImmediate(() => {
      this.deliver();
      if (!this.paused) this.stream.resume();
    });
  }

  /** Sends a message with its prefix. `onSent`: it has left this process, or never will. */
  send(frame: Buffer, onSent?: () => void): void {
    if (this.ended || this.stream.destroyed) return onSent?.();
    if (!this.stream.headersSent) this.stream.respond(RESPONSE, { waitForTrailers: true });
    if (!this.corked) {
      this.corked = true;
      this.stream.cork();
      process.nextTick(() => {
        this.corked = false;
        this.stream.uncork();
      });
    }
    this.stream.write(frame, onSent);
  }

  /** Resolves when nothing waits any more, or the call is over. */
  async room(): Promise<void> {
    while (this.backlog > 0 && !this.isOver) await new Promise<void>((resolve) => (this.wake = resolve));
    this.wake = undefined;
  }

  /** Ends the call, after what has been sent. Only the first end counts. */
  end(status: GrpcStatus = { code: GrpcCode.OK, details: '' }): void {
    if (this.ended || this.stream.destroyed) return;
    this.ended = true;
    const trailers = trailersOf(status);
    if (this.stream.headersSent) {
      this.stream.on('wantTrailers', () => {
        this.stream.sendTrailers(trailers);
        this.leave();
      });
      this.stream.end();
    } else {
      this.stream.respond({ ...RESPONSE, ...trailers }, { endStream: true });
      this.leave();
    }
    // What the client still sends is not wanted: it is let through to nowhere.
    this.paused = false;
    this.onMessage = undefined;
    this.stream.resume();
    this.finish();
  }

  private deliver(): void {
    try {
      while (!this.paused && this.onMessage) {
        const message = this.reader.next();
        if (!message) break;
        this.onMessage(message);
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      const code = error.kind === 'too-large' ? GrpcCode.RESOURCE_EXHAUSTED : GrpcCode.UNIMPLEMENTED;
      return this.end({ code, details: error.message });
    }
    if (!this.halfClosed || this.paused || !this.onMessage) return;
    this.onMessage = undefined;
    if (this.reader.isEmpty) this.onHalfClose?.();
    else this.end({ code: GrpcCode.INVALID_ARGUMENT, details: 'the call ended within a message' });
  }

  private setDeadline(timeout: string | string[] | undefined): void {
    if (timeout === undefined) return;
    const [, amount, unit] = /^(\d{1,8})([HMSmun])$/.exec(timeout.toString()) ?? [];
    if (unit === undefined) {
      return this.end({ code: GrpcCode.INVALID_ARGUMENT, details: `"${timeout.toString()}" is not a grpc-timeout` });
    }
    const late = { code: GrpcCode.DEADLINE_EXCEEDED, details: 'the deadline of the call is over' };
    const ms = Math.min(MAX_TIMER_MS, Number(amount) * TIMEOUT_UNIT_MS[unit]!);
    this.deadline = setTimeout(() => this.end(late), ms);
  }

  /** Everything is sent. A client that does not end its side soon is told to; at once, it would lose what was sent. */
  private leave(): void {
    this.onEnd();
    if (!this.halfClosed) this.lingering = setTimeout(() => this.stream.close(), LINGER_MS);
  }

  private finish(): void {
    this.over.abort(OVER);
    this.wake?.();
  }
}
