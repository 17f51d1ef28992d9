import {
  BINARY_TYPE,
  bytesOf,
  identifierOf,
  JSON_TYPE,
  shared,
  streams,
  textOf,
  TICKS_PER_MS,
  uuidOf,
  uuidText,
  type BatchAppendReq,
  type ReadResp,
} from '@millwright/esdb-protocol';
import { EventStoreError, type ExpectedRevision, type LogRecord, type NewRecord } from '@millwright/event-store';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';

/** Of one message: many small events may be some MiB in the protocol's words, and servers limit a message. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** What the protocol adds to an event's data and metadata, about. */
const EVENT_BYTES = 128;

/** One append as messages, most often one. */
export const batchRequests = (
  id: string,
  stream: string,
  expected: ExpectedRevision,
  records: readonly NewRecord[],
): BatchAppendReq[] => {
  // No deadline goes with it: the protocol's is a time of day, and the server's clock may be another.
  const options = new streams.BatchAppendReq.Options().setStreamIdentifier(identifierOf(stream));
  if (expected === 'any') options.setAny(new empty.Empty());
  else if (expected === 'no-stream') options.setNoStream(new empty.Empty());
  else if (expected === 'stream-exists') options.setStreamExists(new empty.Empty());
  else options.setStreamPosition(expected.toString());
  const requests: BatchAppendReq[] = [];
  let messages: BatchAppendReq.ProposedMessage[] = [];
  let bytes = 0;
  const flush = (final: boolean): void => {
    const request = new streams.BatchAppendReq()
      .setCorrelationId(uuidOf(id))
      .setProposedMessagesList(messages)
      .setIsFinal(final);
    requests.push(requests.length === 0 ? request.setOptions(options) : request);
    messages = [];
    bytes = 0;
  };
  for (const record of records) {
    const size = record.data.length + record.metadata.length + EVENT_BYTES;
    if (messages.length > 0 && bytes + size > MAX_MESSAGE_BYTES) flush(false);
    messages.push(messageOf(record));
    bytes += size;
  }
  flush(true);
  return requests;
};

const messageOf = ({ id, type, data, metadata }: NewRecord): BatchAppendReq.ProposedMessage => {
  const message = new streams.BatchAppendReq.ProposedMessage()
    .setId(uuidOf(id))
    .setData(bytesOf(data))
    .setCustomMetadata(bytesOf(metadata));
  const properties = message.getMetadataMap();
  properties.set('type', type);
  properties.set('content-type', typeof data === 'string' ? JSON_TYPE : BINARY_TYPE);
  return message;
};

/** What EventStoreDB before 22.6 says of events read from a stream: the largest number of 64 bits. */
const NO_POSITION = 18_446_744_073_709_551_615n;

/** The event of an answer, links as they are; undefined for an answer of another kind. */
export const recordOf = (answer: ReadResp): LogRecord | undefined => {
  const read = answer.getEvent();
  const event = read?.getLink() ?? read?.getEvent();
  if (!event) return undefined;
  const properties = event.getMetadataMap();
  const bytes = event.getData_asU8();
  const metadata = event.getCustomMetadata_asU8();
  const position = BigInt(event.getCommitPosition());
  if (position === NO_POSITION) {
    const message =
      'the server does not say where in the log the events of a stream are; use EventStoreDB 22.6 or later';
    throw new EventStoreError('not-supported', message);
  }
  return {
    id: uuidText(event.getId()),
    type: properties.get('type') ?? '',
    data: properties.get('content-type') === JSON_TYPE ? (textOf(bytes) ?? bytes) : bytes,
    metadata: textOf(metadata) ?? metadata,
    stream: Buffer.from(event.getStreamIdentifier()!.getStreamName_asU8()).toString('utf8'),
    revision: BigInt(event.getStreamRevision()),
    position,
    recordedAt: Number(BigInt(properties.get('created') ?? 0) / BigInt(TICKS_PER_MS)),
  };
};

export const emptyMessage = (): InstanceType<typeof shared.Empty> => new shared.Empty();
