import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { textFrame } from './frame.js';

/** The client does not read what it is sent. */
export class SlowClientError extends Error {
  override readonly name = 'SlowClientError';
}

/**
 * The sending side of one WebSocket. Text goes to the stream as finished frames, past the library's own sender: without compression that one
 * writes at once as well, so that the order holds, and frames that many sockets share are made once.
 */
export class ClientSocket {
  private readonly socket: WebSocket;
  private readonly stream: Duplex;
  private readonly bufferBytes: number;

  /** `bufferBytes`: unsent bytes above which the socket counts as behind. */
  constructor(socket: WebSocket, stream: Duplex, bufferBytes: number) {
    this.socket = socket;
    this.stream = stream;
    this.bufferBytes = bufferBytes;
  }

  get isBehind(): boolean {
    return this.stream.writableLength > this.bufferBytes;
  }

  /** Finished frames; nothing is sent once the socket is closing. */
  write(frames: Buffer): void {
    if (this.socket.readyState === this.socket.OPEN) this.stream.write(frames);
  }

  send(message: object): void {
    this.write(textFrame(JSON.stringify(message)));
  }

  /** Waits until at most so many bytes are unsent. Throws {@link SlowClientError} after the deadline. */
  async drained(unsentBytes: number, deadlineMs: number): Promise<void> {
    if (this.stream.writableLength <= unsentBytes || this.stream.destroyed) return;
    await new Promise<void>((resolve, reject) => {
      const done = (act: () => void): void => {
        clearTimeout(timer);
        this.stream.off('drain', onDrain).off('close', onDrain);
        act();
      };
      const onDrain = (): void => done(resolve);
      const timer = setTimeout(
        () =>
          done(() => reject(new SlowClientError(`${this.stream.writableLength} bytes unread for ${deadlineMs} ms`))),
        deadlineMs,
      );
      this.stream.on('drain', onDrain).on('close', onDrain);
    });
  }
}
