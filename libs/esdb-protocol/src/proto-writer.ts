/** Wire types of protobuf. */
const VARINT = 0;
const BYTES = 2;

/**
 * Writes a protobuf message from its end to its beginning, so that the length of what is nested is known when it has to be written. The
 * caller gives room enough.
 */
export class ProtoWriter {
  private readonly buffer: Buffer;
  private start: number;

  /** `room`: at least as many bytes as will be written. */
  constructor(room: number) {
    this.buffer = Buffer.allocUnsafe(room);
    this.start = room;
  }

  /** What has been written. */
  get result(): Buffer {
    return this.buffer.subarray(this.start);
  }

  /** Where the writer stands: what is written from here on may be the content of a message that `close` makes. */
  get mark(): number {
    return this.start;
  }

  /** Makes a field of what was written since the mark. */
  close(field: number, mark: number): void {
    this.varint(mark - this.start);
    this.tag(field, BYTES);
  }

  /** Lengthens what has been written, at its front. */
  prepend(bytes: number): void {
    this.start -= bytes;
  }

  text(field: number, text: string): void {
    const length = Buffer.byteLength(text);
    this.start -= length;
    this.buffer.write(text, this.start, length, 'utf8');
    this.varint(length);
    this.tag(field, BYTES);
  }

  payload(field: number, payload: string | Uint8Array): void {
    if (typeof payload === 'string') return this.text(field, payload);
    this.start -= payload.length;
    this.buffer.set(payload, this.start);
    this.varint(payload.length);
    this.tag(field, BYTES);
  }

  /** An unsigned number, or a signed one as its 64 bits. */
  number(field: number, value: bigint): void {
    if (value >= 0n && value <= Number.MAX_SAFE_INTEGER) this.varint(Number(value));
    else this.longVarint(BigInt.asUintN(64, value));
    this.tag(field, VARINT);
  }

  private tag(field: number, wireType: number): void {
    this.buffer[--this.start] = (field << 3) | wireType;
  }

  private varint(value: number): void {
    let length = 1;
    for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
    this.start -= length;
    let at = this.start;
    for (; value >= 128; value = Math.floor(value / 128)) this.buffer[at++] = (value % 128) | 128;
    this.buffer[at] = value;
  }

  private longVarint(value: bigint): void {
    const bytes: number[] = [];
    for (; value >= 128n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
    bytes.push(Number(value));
    this.start -= bytes.length;
    this.buffer.set(bytes, this.start);
  }
}
