import { EventStoreError } from './event-store-error.js';
import type { NewRecord, Payload } from './record-log.port.js';
import { metadataOwner } from './retention.js';

/** Most bytes of one append, as EventStoreDB counts them: data and metadata, text as UTF-8, and the type at two bytes a UTF-16 unit. */
export const MAX_APPEND_BYTES = 1024 * 1024;
/** Longest name of a stream or an event type, UTF-16 units. */
export const MAX_NAME_LENGTH = 512;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Control characters and lone surrogates: what some stores cut or replace in silence. */
const UNFIT_FOR_NAMES = /[\p{Cc}\p{Cs}]/u;

/**
 * Checks an append and gives its bytes, counted as for MAX_APPEND_BYTES. Throws {@link EventStoreError} `invalid-event` or `event-too-large`;
 * nothing may be written then.
 */
export const checkAppend = (stream: string, records: readonly NewRecord[]): number => {
  checkStreamName(stream, 'the append');
  if (records.length === 0) throw invalid(`the append to "${stream}" has no events; an append has at least one`);
  let bytes = 0;
  for (let i = 0; i < records.length; i++) {
    const { id, type, data, metadata } = records[i]!;
    const where = `event ${i} of the append to "${stream}"`;
    if (typeof id !== 'string' || !UUID.test(id)) {
      throw invalid(`${where}: id "${id}" is not a UUID in lower case, e.g. from randomUUID()`);
    }
    checkName(type, 'type', where);
    bytes += payloadBytes(data, 'data', where) + payloadBytes(metadata, 'metadata', where) + 2 * type.length;
  }
  if (records.length > 1) checkUnique(stream, records);
  if (bytes > MAX_APPEND_BYTES) {
    throw new EventStoreError(
      'event-too-large',
      `the append to "${stream}" has ${bytes} bytes in ${records.length} events; at most ${MAX_APPEND_BYTES} are allowed, split it`,
    );
  }
  return bytes;
};

/** Throws `invalid-event` unless streams may be called so. `where`: who names it, for the message. */
export const checkStreamName = (stream: string, where: string): void => {
  const owner = metadataOwner(stream);
  // The longest names have metadata too.
  checkName(owner ?? stream, 'stream', where);
  if (owner !== undefined && metadataOwner(owner) !== undefined) {
    throw invalid(`${where}: stream "${stream}" would hold the metadata of metadata; "${owner}" has none`);
  }
};

const payloadBytes = (payload: Payload, field: string, where: string): number => {
  if (typeof payload !== 'string') return payload.byteLength;
  if (payload.includes('\0')) {
    throw invalid(`${where}: ${field} is text with a NUL; JSON writes it as \\u0000, other data go as bytes`);
  }
  return Buffer.byteLength(payload);
};

const checkUnique = (stream: string, records: readonly NewRecord[]): void => {
  const seen = new Set<string>();
  for (const { id } of records) {
    if (seen.has(id)) throw invalid(`the append to "${stream}" has the id ${id} twice; each event needs its own`);
    seen.add(id);
  }
};

const checkName = (name: unknown, what: string, where: string): void => {
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME_LENGTH || UNFIT_FOR_NAMES.test(name)) {
    throw invalid(
      `${where}: ${what} ${JSON.stringify(name)} is not a name; expected 1 to ${MAX_NAME_LENGTH} characters without control characters`,
    );
  }
};

const invalid = (message: string): EventStoreError => new EventStoreError('invalid-event', message);
