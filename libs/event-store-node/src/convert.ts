import { EventStoreError, type ExpectedRevision, type LogRecord, type NewRecord } from '@millwright/event-store';
import {
  BINARY_TYPE,
  bytesOf,
  identifierOf,
  JSON_TYPE,
  streams,
  textOf,
  TICKS_PER_MS,
  uuidOf,
  uuidText,
  type ProposedMessage,
  type StreamIdentifier,
} from '@millwright/esdb-protocol';

/** The name in a request; throws `invalid-event` when there is none, or it is not UTF-8. */
export const streamName = (identifier: StreamIdentifier | undefined): string => {
  const name = identifier && textOf(identifier.getStreamName_asU8());
  if (name) return name;
  throw invalid('the request names no stream; expected stream_identifier with a name in UTF-8');
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

const missing = (property: string): EventStoreError =>
  invalid(`a proposed message has no "${property}" in its metadata; expected type and content-type`);

export const invalid = (message: string): EventStoreError => new EventStoreError('invalid-event', message);
