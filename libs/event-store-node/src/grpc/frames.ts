/** Bytes before each message: whether it is compressed, and how long it is. */
export const PREFIX_BYTES = 5;

/** A message with its prefix. */
export const frameOf = (message: Uint8Array): Buffer => {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  writePrefix(frame, message.length);
  frame.set(message, PREFIX_BYTES);
  return frame;
};

export const writePrefix = (frame: Buffer, messageBytes: number): void => {
  frame[0] = 0;
  frame.writeUInt32BE(messageBytes, 1);
};

/** What is wrong with what a client sends. */
export class FrameError extends Error {
  readonly kind: 'too-large' | 'compressed';
  constructor(kind: 'too-large' | 'compressed', message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Cuts what comes into messages. */
export class FrameReader {
  private readonly maxMessageBytes: number;
  private chunks: Buffer[] = [];
  private size = 0;

  constructor(maxMessageBytes: number) {
    this.maxMessageBytes = maxMessageBytes;
  }

  /** Nothing of a message has come. */
  get isEmpty(): boolean {
    return this.size === 0;
  }

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
  }

  /** The next whole message, a view of what has come; undefined when there is none yet. Throws {@link FrameError}. */
  next(): Buffer | undefined {
    if (this.size < PREFIX_BYTES) return undefined;
    if (this.chunks[0]!.length < PREFIX_BYTES) this.join();
    const length = this.chunks[0]!.readUInt32BE(1);
    if (length > this.maxMessageBytes) {
      const limit = `a message has ${length} bytes; at most ${this.maxMessageBytes} are taken`;
      throw new FrameError('too-large', limit);
    }
    if (this.chunks[0]![0] !== 0) throw new FrameError('compressed', 'messages must come uncompressed');
    const end = PREFIX_BYTES + length;
    if (this.size < end) return undefined;
    if (this.chunks[0]!.length < end) this.join();
    const first = this.chunks[0]!;
    if (first.length === end) this.chunks.shift();
    else this.chunks[0] = first.subarray(end);
    this.size -= end;
    return first.subarray(PREFIX_BYTES, end);
  }

  private join(): void {
    this.chunks = [Buffer.concat(this.chunks)];
  }
}
