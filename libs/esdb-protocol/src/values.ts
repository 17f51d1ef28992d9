import type { StreamIdentifier, UuidMessage } from './messages.js';
import { shared } from './protocol.js';

export const JSON_TYPE = 'application/json';
export const BINARY_TYPE = 'application/octet-stream';
/** The protocol's created times are .NET ticks of 100 ns since 1970. */
export const TICKS_PER_MS = 10_000;
/** Trailer with the log's own error code, where the protocol's words are too few: `disk-full`. */
export const CODE_TRAILER = 'millwright-code';

const strictText = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undefined when the bytes are no UTF-8 text, or have a NUL, which a log keeps as bytes. */
export const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    const text = strictText.decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
};

export const bytesOf = (payload: string | Uint8Array): Uint8Array =>
  typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload;

export const identifierOf = (stream: string): StreamIdentifier =>
  new shared.StreamIdentifier().setStreamName(Buffer.from(stream, 'utf8'));

/** A UUID as text in lower case, from either of the protocol's two forms. */
export const uuidText = (uuid: UuidMessage | undefined): string => {
  const structured = uuid?.getStructured();
  if (!structured) return (uuid?.getString() ?? '').toLowerCase();
  const hex = (bits: string): string => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
  const digits = hex(structured.getMostSignificantBits()) + hex(structured.getLeastSignificantBits());
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

export const uuidOf = (id: string, structured = false): UuidMessage => {
  if (!structured) return new shared.UUID().setString(id);
  const digits = id.replaceAll('-', '');
  const bits = (from: number): string => BigInt.asIntN(64, BigInt(`0x${digits.slice(from, from + 16)}`)).toString();
  return new shared.UUID().setStructured(
    new shared.UUID.Structured().setMostSignificantBits(bits(0)).setLeastSignificantBits(bits(16)),
  );
};
