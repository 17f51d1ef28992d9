import {
  EventStoreError,
  type ExpectedRevision,
  type LogRecord,
  type NewRecord,
  type Payload,
} from '@millwright/event-store';
import type { ProposedMessage, StreamIdentifier, UuidMessage } from './messages.js';
import { shared, streams } from './protocol.js';

const JSON_TYPE = 'application/json';
const BINARY_TYPE = 'application/octet-stream';
/** The protocol's created times are .NET ticks of 100 ns since 1970. */
const TICKS_PER_MS = 10_000;

const strictText = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The name in a request; throws `invalid-event` when there is none, or it is not UTF-8. */
export const streamName = (identifier: StreamIdentifier | undefined): string => {
  const name = identifier && textOf(identifier.getStreamName_asU8());
  if (name) return name;
  throw invalid('the request names no stream; expected stream_identifier with a name in UTF-8');
};

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

export const uuidOf = (id: string, structured: boolean): UuidMessage => {
  if (!structured) return new shared.UUID().setString(id);
  const digits = id.replaceAll('-', '');
  const bits = (from: number): string => BigInt.asIntN(64, BigInt(`0x${digits.slice(from, from + 16)}`)).toString();
  return new shared.UUID().setStructured(
    new shared.UUID.Structured().setMostSignificantBits(bits(0)).setLeastSignificantBits(bits(16)),
  );
};

/** An event of an append. Throws `invalid-event` when it says of itself what is not so. */
export const recordOf = (message: ProposedMessage): NewRecord => {
  const id = uuidText(message.getId());
  const properties = message.getMetadataMap();
  const type = properties.get('type');
  const contentType = properties.get('content-type');
  if (type === undefined) throw missing('type');
  if (contentType === undefined) throw missing('content-type');
  const bytes = message.getData_asU8();
  const data = contentType === JSON_TYPE ? textOf(bytes) : bytes;
  if (data === undefined) {
    throw invalid(`event ${id} says that its data are ${JSON_TYPE}, but they are no UTF-8 text; say ${BINARY_TYPE}`);
  }
  const metadata = message.getCustomMetadata_asU8();
  return { id, type, data, metadata: textOf(metadata) ?? metadata };
};

/** What the three requests with an expected revision have in common. */
interface WithExpected {
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists(): boolean;
}

export const expectedOf = (options: WithExpected, revision: string | undefined): ExpectedRevision => {
  if (revision !== undefined) return BigInt(revision);
  if (options.hasNoStream()) return 'no-stream';
  if (options.hasStreamExists()) return 'stream-exists';
  if (options.hasAny()) return 'any';
  throw invalid(
    'the request does not say which revision it expects; expected any, no stream, stream exists or a revision',
  );
};

/** A record as an answer to a read or a subscription. */
export const readEventOf = (record: LogRecord, structuredUuids: boolean): InstanceType<typeof streams.ReadResp> => {
  const { stream, revision, position, id, type, recordedAt, data, metadata } = record;
  const place = position.toString();
  const event = new streams.ReadResp.ReadEvent.RecordedEvent();
  event.setId(uuidOf(id, structuredUuids));
  event.setStreamIdentifier(identifierOf(stream));
  event.setStreamRevision(revision.toString());
  event.setCommitPosition(place);
  event.setPreparePosition(place);
  const properties = event.getMetadataMap();
  properties.set('type', type);
  properties.set('created', `${Math.trunc(recordedAt) * TICKS_PER_MS}`);
  properties.set('content-type', typeof data === 'string' ? JSON_TYPE : BINARY_TYPE);
  event.setData(bytesOf(data));
  event.setCustomMetadata(bytesOf(metadata));
  const read = new streams.ReadResp.ReadEvent();
  read.setEvent(event);
  read.setCommitPosition(place);
  const answer = new streams.ReadResp();
  answer.setEvent(read);
  return answer;
};

const bytesOf = (payload: Payload): Uint8Array =>
  typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload;

/** Undefined when the bytes are no UTF-8 text, or have a NUL, which the log keeps as bytes. */
const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    const text = strictText.decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
};

const missing = (property: string): EventStoreError =>
  invalid(`a proposed message has no "${property}" in its metadata; expected type and content-type`);

export const invalid = (message: string): EventStoreError => new EventStoreError('invalid-event', message);
