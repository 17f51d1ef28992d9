import { textOf } from './values.js';

/** Reads the fields of a protobuf message, one after the other. Throws SyntaxError for what is none. */
export class ProtoReader {
  /** Number of the field at hand. */
  field = 0;
  private readonly bytes: Buffer;
  private at = 0;
  private wireType = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Goes to the next field; false at the end. What is not asked for has to be passed over with `skip`. */
  next(): boolean {
    if (this.at === this.bytes.length) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.wireType = tag % 8;
    return true;
  }

  /** The field's bytes, or message: a view. */
  view(): Buffer {
    if (this.wireType !== 2) throw malformed();
    const end = this.varint() + this.at;
    if (end > this.bytes.length) throw malformed();
    const view = this.bytes.subarray(this.at, end);
    this.at = end;
    return view;
  }

  text(): string {
    return this.view().toString('utf8');
  }

  /** A number of up to 53 bits; beyond, it is not exact. */
  number(): number {
    if (this.wireType !== 0) throw malformed();
    return this.varint();
  }

  /** A number of 64 bits, unsigned. */
  long(): bigint {
    if (this.wireType !== 0) throw malformed();
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw malformed();
  }

  skip(): void {
    if (this.wireType === 0) this.varint();
    else if (this.wireType === 2) this.view();
    else if (this.wireType === 1 || this.wireType === 5) {
      this.at += this.wireType === 1 ? 8 : 4;
      if (this.at > this.bytes.length) throw malformed();
    } else throw malformed();
  }

  private varint(): number {
    let value = 0;
    for (let factor = 1, i = 0; i < 10; i++, factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    throw malformed();
  }

  private byte(): number {
    if (this.at >= this.bytes.length) throw malformed();
    return this.bytes[this.at++]!;
  }
}

const malformed = (): SyntaxError => new SyntaxError('the message is not the protobuf message that the call takes');

/** A `UUID` as text in lower case, from either of the protocol's two forms. */
export const decodeUuid = (bytes: Buffer): string => {
  const reader = new ProtoReader(bytes);
  let text = '';
  while (reader.next()) {
    if (reader.field === 2) text = reader.text().toLowerCase();
    else if (reader.field === 1) text = decodeStructured(reader.view());
    else reader.skip();
  }
  return text;
};

const decodeStructured = (bytes: Buffer): string => {
  const reader = new ProtoReader(bytes);
  const halves = [0n, 0n];
  while (reader.next()) {
    if (reader.field === 1 || reader.field === 2) halves[reader.field - 1] = reader.long();
    else reader.skip();
  }
  const digits = halves.map((half) => half.toString(16).padStart(16, '0')).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

/** An entry of a map of texts. */
export const decodeEntry = (bytes: Buffer): [key: string, value: string] => {
  const reader = new ProtoReader(bytes);
  const entry: [string, string] = ['', ''];
  while (reader.next()) {
    if (reader.field === 1 || reader.field === 2) entry[reader.field - 1] = reader.text();
    else reader.skip();
  }
  return entry;
};

/** The name in a `StreamIdentifier`; undefined when it is not UTF-8, or there is none. */
export const decodeStream = (bytes: Buffer): string | undefined => {
  const reader = new ProtoReader(bytes);
  let name: string | undefined;
  while (reader.next()) {
    if (reader.field === 3) name = textOf(reader.view());
    else reader.skip();
  }
  return name;
};
