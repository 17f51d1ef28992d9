import type { ServerWritableStream } from '@grpc/grpc-js';
import type { ReadReq, ReadResp } from '@millwright/esdb-protocol';

/** The answers of one read: at most so many bytes wait in this process for the client; then the log is not read on. */
export class Outbox {
  /** Aborted when the client is gone, or the node closes. */
  readonly signal: AbortSignal;
  private readonly call: ServerWritableStream<ReadReq, ReadResp>;
  private readonly maxBytes: number;
  private bytes = 0;
  private wake: (() => void) | undefined;

  constructor(call: ServerWritableStream<ReadReq, ReadResp>, maxBytes: number, closing: AbortSignal) {
    this.call = call;
    this.maxBytes = maxBytes;
    const gone = new AbortController();
    call.on('cancelled', () => gone.abort());
    call.on('close', () => gone.abort());
    call.on('error', () => gone.abort());
    this.signal = AbortSignal.any([gone.signal, closing]);
    this.signal.addEventListener('abort', () => this.wake?.());
  }

  get stopped(): boolean {
    return this.signal.aborted;
  }

  /** Resolves when there is room for another answer, or the client is gone. `bytes`: about as large is the answer. */
  async send(answer: ReadResp, bytes = 0): Promise<void> {
    if (this.stopped) return;
    this.bytes += bytes;
    const room = this.call.write(answer, () => {
      this.bytes -= bytes;
      if (this.bytes <= this.maxBytes) this.wake?.();
    });
    if (room && this.bytes <= this.maxBytes) return;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      this.call.once('drain', resolve);
      if (this.stopped) resolve();
    });
    this.wake = undefined;
  }
}
