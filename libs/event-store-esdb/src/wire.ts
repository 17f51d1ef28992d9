import {
  BINARY_TYPE,
  decodeEntry,
  decodeStream,
  decodeUuid,
  JSON_TYPE,
  ProtoReader,
  ProtoWriter,
  textOf,
} from '@millwright/esdb-protocol';
import {
  EventStoreError,
  type ExpectedRevision,
  type LogRecord,
  type NewRecord,
  type Payload,
} from '@millwright/event-store';

/*
 * The two messages that are most of what a busy store reads and writes, an event and an append, by hand: the generated classes cost twice as
 * much. The specs hold both against those classes.
 */

/** What an event is before its fields are read. */
const NO_BYTES = Buffer.alloc(0);
/** What EventStoreDB before 22.6 says of events read from a stream. */
const NO_POSITION = 2n ** 64n - 1n;
/** `created` is in .NET ticks of 100 ns: so many of its last digits are less than a millisecond. */
const TICK_DIGITS = 4;

/** What of an answer to a read or a subscription is used: its event, or what is wrong with it. */
export type Answer = LogRecord | EventStoreError | typeof NO_EVENT;

/** An answer of another kind: it says that the server is there. */
export const NO_EVENT = Object.freeze({ noEvent: true });

/** A `ReadResp`; throws nothing but for bytes that are no message. */
export const readAnswer = (bytes: Buffer): Answer => {
  try {
    return decodeAnswer(bytes) ?? NO_EVENT;
  } catch (error) {
    if (error instanceof EventStoreError) return error;
    throw error;
  }
};

/** The event of a `ReadResp`, links as they are; undefined for an answer of another kind. */
export const decodeAnswer = (bytes: Buffer): LogRecord | undefined => {
  const event = fieldOf(bytes, 1);
  if (!event) return undefined;
  const recorded = fieldOf(event, 2) ?? fieldOf(event, 1);
  return recorded && decodeRecord(recorded);
};

/** The last field of the number that is a message. */
const fieldOf = (bytes: Buffer, field: number): Buffer | undefined => {
  const reader = new ProtoReader(bytes);
  let found: Buffer | undefined;
  while (reader.next()) {
    if (reader.field === field) found = reader.view();
    else reader.skip();
  }
  return found;
};

const decodeRecord = (bytes: Buffer): LogRecord => {
  const reader = new ProtoReader(bytes);
  let id = '';
  let stream = '';
  let type = '';
  let contentType = '';
  let created = '';
  let revision = 0n;
  let position = 0n;
  let metadata: Buffer = NO_BYTES;
  let data: Buffer = NO_BYTES;
  while (reader.next()) {
    if (reader.field === 1) id = decodeUuid(reader.view());
    else if (reader.field === 2) stream = decodeStream(reader.view()) ?? '';
    else if (reader.field === 3) revision = reader.long();
    else if (reader.field === 5) position = reader.long();
    else if (reader.field === 6) {
      const [key, value] = decodeEntry(reader.view());
      if (key === 'type') type = value;
      else if (key === 'content-type') contentType = value;
      else if (key === 'created') created = value;
    } else if (reader.field === 7) metadata = reader.view();
    else if (reader.field === 8) data = reader.view();
    else reader.skip();
  }
  if (position === NO_POSITION) {
    const reason =
      'the server does not say where in the log the events of a stream are; use EventStoreDB 22.6 or later';
    throw new EventStoreError('not-supported', reason);
  }
  return {
    id,
    type,
    data: contentType === JSON_TYPE ? payloadOf(data) : Buffer.from(data),
    metadata: payloadOf(metadata),
    stream,
    revision,
    position,
    recordedAt: Number(created.slice(0, -TICK_DIGITS)),
  };
};

/** Bytes are copied: a record outlives what came with it. */
const payloadOf = (bytes: Buffer): Payload => textOf(bytes) ?? Buffer.from(bytes);

/** Of one message: many small events may be some MiB in the protocol's words, and servers limit a message. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** What is in a message beside names and payloads of events, and beside those of one event. */
const FRAME_BYTES = 160;
const EVENT_BYTES = 192;
const MAX_UTF8_BYTES = 3;

/** One append as `BatchAppendReq`s, most often one. */
export const encodeAppend = (
  correlationId: string,
  stream: string,
  expected: ExpectedRevision,
  records: readonly NewRecord[],
): Buffer[] => {
  const messages: Buffer[] = [];
  for (let from = 0, to = 0; from < records.length; from = to) {
    let room = FRAME_BYTES + correlationId.length + MAX_UTF8_BYTES * stream.length;
    while (to < records.length) {
      const size = roomOf(records[to]!);
      if (to > from && room + size > MAX_MESSAGE_BYTES) break;
      room += size;
      to++;
    }
    const writer = new ProtoWriter(room);
    // From its end to its beginning.
    if (to === records.length) writer.number(4, 1n);
    for (let i = to - 1; i >= from; i--) record(writer, records[i]!);
    if (from === 0) options(writer, stream, expected);
    uuid(writer, correlationId);
    messages.push(writer.result);
  }
  return messages;
};

const roomOf = ({ type, data, metadata }: NewRecord): number =>
  EVENT_BYTES + MAX_UTF8_BYTES * type.length + sizeOf(data) + sizeOf(metadata);

const sizeOf = (payload: Payload): number =>
  typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;

const record = (writer: ProtoWriter, { id, type, data, metadata }: NewRecord): void => {
  const end = writer.mark;
  writer.payload(4, data);
  writer.payload(3, metadata);
  entry(writer, 'content-type', typeof data === 'string' ? JSON_TYPE : BINARY_TYPE);
  entry(writer, 'type', type);
  uuid(writer, id);
  writer.close(3, end);
};

const entry = (writer: ProtoWriter, key: string, value: string): void => {
  const end = writer.mark;
  writer.text(2, value);
  writer.text(1, key);
  writer.close(2, end);
};

const uuid = (writer: ProtoWriter, id: string): void => {
  const end = writer.mark;
  writer.text(2, id);
  writer.close(1, end);
};

const EXPECTED = { 'no-stream': 3, any: 4, 'stream-exists': 5 } as const;

/** No deadline goes with it: the protocol's is a time of day, and the server's clock may be another. */
const options = (writer: ProtoWriter, stream: string, expected: ExpectedRevision): void => {
  const end = writer.mark;
  if (typeof expected === 'bigint') writer.number(2, expected);
  else writer.close(EXPECTED[expected], writer.mark);
  const name = writer.mark;
  writer.text(3, stream);
  writer.close(1, name);
  writer.close(2, end);
};
