/** One message for a subscriber but for its id: `payload` is the JSON of an execution result. */
export interface Payload {
  readonly json: string;
  readonly bytes: number;
}

export const payloadOf = (json: string): Payload => ({ json, bytes: Buffer.byteLength(json) });

const HEAD = '{"id":';
const MIDDLE = ',"type":"next","payload":';
const TEXT_FRAME_FINAL = 0x81;

/** The JSON text of an id, as bytes: what is patched into a frame. */
export const idBytes = (id: string): Buffer => Buffer.from(JSON.stringify(id));

/**
 * `next` messages as WebSocket frames (RFC 6455, unmasked text), written once for one length of id. For another id of that length the
 * bytes are copied and the id put over the old one.
 */
export class FrameTemplate {
  private readonly bytes: Buffer;
  private readonly id: Buffer;
  private readonly idOffsets: readonly number[];

  constructor(payloads: readonly Payload[], id: Buffer) {
    const around = HEAD.length + id.length + MIDDLE.length + 1;
    const sizes = payloads.map(({ bytes }) => around + bytes);
    this.bytes = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + headerBytes(size) + size, 0));
    this.id = id;
    const offsets: number[] = [];
    let at = 0;
    payloads.forEach(({ json }, i) => {
      at = writeHeader(this.bytes, at, sizes[i]!);
      at += this.bytes.write(HEAD, at, 'latin1');
      offsets.push(at);
      at += id.copy(this.bytes, at);
      at += this.bytes.write(MIDDLE, at, 'latin1');
      at += this.bytes.write(json, at);
      this.bytes[at++] = 0x7d; // }
    });
    this.idOffsets = offsets;
  }

  /** Frames for an id of the template's length. The caller must not change them. */
  for(id: Buffer): Buffer {
    if (id.equals(this.id)) return this.bytes;
    const copy = Buffer.from(this.bytes);
    for (const offset of this.idOffsets) id.copy(copy, offset);
    return copy;
  }
}

/** A text message as one frame. */
export const textFrame = (text: string): Buffer => {
  const size = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(headerBytes(size) + size);
  frame.write(text, writeHeader(frame, 0, size));
  return frame;
};

const headerBytes = (size: number): number => (size < 126 ? 2 : size < 65_536 ? 4 : 10);

const writeHeader = (buffer: Buffer, at: number, size: number): number => {
  buffer[at] = TEXT_FRAME_FINAL;
  if (size < 126) {
    buffer[at + 1] = size;
    return at + 2;
  }
  if (size < 65_536) {
    buffer[at + 1] = 126;
    return buffer.writeUInt16BE(size, at + 2);
  }
  buffer[at + 1] = 127;
  return buffer.writeBigUInt64BE(BigInt(size), at + 2);
};
