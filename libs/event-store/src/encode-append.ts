import { EventStoreError } from './event-store-error.js';
import type { NewEvent } from './event-store.port.js';

/** Most bytes of one append: the UTF-8 JSON of its events' data and metadata. */
export const MAX_APPEND_BYTES = 1024 * 1024;
/** Longest name of a stream or an event type, UTF-16 units. */
export const MAX_NAME_LENGTH = 512;

/** The events of an append as text, in columns: made once, before anything is queued or sent. */
export interface EncodedAppend {
  readonly ids: readonly string[];
  readonly types: readonly string[];
  /** JSON. */
  readonly data: readonly string[];
  /** JSON. */
  readonly metadata: readonly string[];
  /** UTF-8 bytes of data and metadata together. */
  readonly bytes: number;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Control characters and lone surrogates: what some stores cut or replace in silence. */
const UNFIT_FOR_NAMES = /[\p{Cc}\p{Cs}]/u;

/** Checks and encodes an append. Throws {@link EventStoreError} `invalid-event` or `event-too-large`; nothing may be written then. */
export const encodeAppend = (stream: string, events: readonly NewEvent[]): EncodedAppend => {
  checkName(stream, 'stream', 'the append');
  if (events.length === 0) throw invalid(`the append to "${stream}" has no events; an append has at least one`);
  const ids: string[] = [];
  const types: string[] = [];
  const data: string[] = [];
  const metadata: string[] = [];
  let bytes = 0;
  for (let i = 0; i < events.length; i++) {
    const event = events[i]!;
    const where = `event ${i} of the append to "${stream}"`;
    if (typeof event.id !== 'string' || !UUID.test(event.id)) {
      throw invalid(`${where}: id "${event.id}" is not a UUID in lower case, e.g. from randomUUID()`);
    }
    checkName(event.type, 'type', where);
    if (!Number.isFinite(event.metadata?.time)) {
      throw invalid(`${where}: metadata.time is ${event.metadata?.time}; expected epoch milliseconds`);
    }
    ids.push(event.id);
    types.push(event.type);
    data.push(encode(event.data, 'data', where));
    metadata.push(encode(event.metadata, 'metadata', where));
    bytes += Buffer.byteLength(data[i]!) + Buffer.byteLength(metadata[i]!);
  }
  if (new Set(ids).size < ids.length) {
    const twice = ids.find((id, i) => ids.indexOf(id) < i);
    throw invalid(`the append to "${stream}" has the id ${twice} twice; each event needs its own`);
  }
  if (bytes > MAX_APPEND_BYTES) {
    throw new EventStoreError(
      'event-too-large',
      `the append to "${stream}" has ${bytes} bytes of JSON in ${events.length} events; at most ${MAX_APPEND_BYTES} are allowed, split it`,
    );
  }
  return { ids, types, data, metadata, bytes };
};

const encode = (value: unknown, field: string, where: string): string => {
  if (typeof value !== 'object' || value === null)
    throw invalid(`${where}: ${field} is ${String(value)}; expected an object`);
  try {
    const json = JSON.stringify(value) as string | undefined;
    if (json !== undefined) return json;
  } catch (error) {
    throw invalid(
      `${where}: ${field} is not plain JSON: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
  throw invalid(`${where}: ${field} is not plain JSON: its toJSON gives nothing`);
};

const checkName = (name: unknown, what: string, where: string): void => {
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME_LENGTH || UNFIT_FOR_NAMES.test(name)) {
    throw invalid(
      `${where}: ${what} ${JSON.stringify(name)} is not a name; expected 1 to ${MAX_NAME_LENGTH} characters without control characters`,
    );
  }
};

const invalid = (message: string, cause?: unknown): EventStoreError =>
  new EventStoreError('invalid-event', message, cause === undefined ? {} : { cause });
