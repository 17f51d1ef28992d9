import type { EventMetadata, Log, Position, RecordedEvent, Revision } from './event-store.port.js';

/** Text is JSON (of data) or any UTF-8 (of metadata), without NUL; everything else is bytes. Either may be empty. */
export type Payload = string | Uint8Array;

/** An event as it is stored and sent: what is in it is kept to the byte. */
export interface NewRecord {
  /** UUID in lower case. */
  readonly id: string;
  readonly type: string;
  readonly data: Payload;
  readonly metadata: Payload;
  /** What data and metadata say, where the writer has it anyway: live readers of the same process parse nothing. */
  readonly parsed?: ParsedRecord;
}

export interface ParsedRecord {
  readonly data: object;
  readonly metadata: EventMetadata;
}

export interface LogRecord extends NewRecord {
  readonly stream: string;
  readonly revision: Revision;
  readonly position: Position;
  /** When the log wrote it, epoch milliseconds by the log's clock; never falls from one position to the next. */
  readonly recordedAt: number;
}

/** The log to the byte, the log's own streams included: what a wire protocol serves, and what a copy copies. */
export type RecordLog = Log<NewRecord, LogRecord>;

/**
 * The record as an event, made anew. What a foreign client wrote and is not a JSON object comes as `{ text }` or `{ base64 }`, and without
 * `metadata.time` its time is when it was recorded.
 */
export const toEvent = (record: LogRecord): RecordedEvent => {
  const { id, type, stream, revision, position, recordedAt, parsed } = record;
  const data = parsed?.data ?? objectOf(record.data);
  const metadata = parsed?.metadata ?? metadataOf(record);
  return { id, type, data, metadata, stream, revision, position, recordedAt };
};

const shared = new WeakMap<LogRecord, RecordedEvent>();

/**
 * The same event for the same record: for records in memory that many readers share. Records of a page that was read are nobody else's;
 * to remember them costs more than to parse them.
 */
export const toSharedEvent = (record: LogRecord): RecordedEvent => {
  let event = shared.get(record);
  if (!event) shared.set(record, (event = toEvent(record)));
  return event;
};

const objectOf = (payload: Payload): object => {
  if (typeof payload !== 'string') return { base64: Buffer.from(payload).toString('base64') };
  const value = parse(payload);
  return typeof value === 'object' && value !== null ? value : { text: payload };
};

const metadataOf = ({ metadata, recordedAt }: LogRecord): EventMetadata => {
  const value = typeof metadata === 'string' ? parse(metadata) : undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { time: recordedAt };
  return Number.isFinite((value as EventMetadata).time)
    ? (value as EventMetadata)
    : { ...(value as EventMetadata), time: recordedAt };
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
