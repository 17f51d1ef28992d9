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
import type { ExpectedRevision, LogRecord, NewRecord } from '@millwright/event-store';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';

/** One append as one message. */
export const batchRequest = (
  id: string,
  stream: string,
  expected: ExpectedRevision,
  records: readonly NewRecord[],
): BatchAppendReq => {
  const options = new streams.BatchAppendReq.Options().setStreamIdentifier(identifierOf(stream));
  if (expected === 'any') options.setAny(new empty.Empty());
  else if (expected === 'no-stream') options.setNoStream(new empty.Empty());
  else if (expected === 'stream-exists') options.setStreamExists(new empty.Empty());
  else options.setStreamPosition(expected.toString());
  // No deadline goes with it: the protocol's is a time of day, and the server's clock may be another.
  return new streams.BatchAppendReq()
    .setCorrelationId(uuidOf(id))
    .setOptions(options)
    .setProposedMessagesList(records.map(messageOf))
    .setIsFinal(true);
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

/** The event of an answer, links as they are; undefined for an answer of another kind. */
export const recordOf = (answer: ReadResp): LogRecord | undefined => {
  const read = answer.getEvent();
  const event = read?.getLink() ?? read?.getEvent();
  if (!event) return undefined;
  const properties = event.getMetadataMap();
  const bytes = event.getData_asU8();
  const metadata = event.getCustomMetadata_asU8();
  return {
    id: uuidText(event.getId()),
    type: properties.get('type') ?? '',
    data: properties.get('content-type') === JSON_TYPE ? (textOf(bytes) ?? bytes) : bytes,
    metadata: textOf(metadata) ?? metadata,
    stream: Buffer.from(event.getStreamIdentifier()!.getStreamName_asU8()).toString('utf8'),
    revision: BigInt(event.getStreamRevision()),
    position: BigInt(event.getCommitPosition()),
    recordedAt: Number(BigInt(properties.get('created') ?? 0) / BigInt(TICKS_PER_MS)),
  };
};

export const emptyMessage = (): InstanceType<typeof shared.Empty> => new shared.Empty();
