import {
  bytesOf,
  identifierOf,
  JSON_TYPE,
  shared,
  streams,
  uuidOf,
  type BatchAppendReq,
  type BatchAppendResp,
  type ReadReq,
  type ReadResp,
} from '@millwright/esdb-protocol';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { SampleRecord } from '../common/records.js';

/** An append as one message, filled as for a real server. */
export const appendMessage = (id: string, stream: string, records: readonly SampleRecord[]): BatchAppendReq =>
  new streams.BatchAppendReq()
    .setCorrelationId(uuidOf(id))
    .setOptions(
      new streams.BatchAppendReq.Options().setStreamIdentifier(identifierOf(stream)).setAny(new empty.Empty()),
    )
    .setProposedMessagesList(records.map(proposal))
    .setIsFinal(true);

const proposal = ({ id, type, data, metadata }: SampleRecord): BatchAppendReq.ProposedMessage => {
  const message = new streams.BatchAppendReq.ProposedMessage()
    .setId(uuidOf(id))
    .setData(bytesOf(data))
    .setCustomMetadata(bytesOf(metadata));
  message.getMetadataMap().set('type', type).set('content-type', JSON_TYPE);
  return message;
};

export const answerTo = (request: BatchAppendReq, position: number): BatchAppendResp => {
  const place = String(position);
  const success = new streams.BatchAppendResp.Success()
    .setCurrentRevision(place)
    .setPosition(new shared.AllStreamPosition().setCommitPosition(place).setPreparePosition(place));
  return new streams.BatchAppendResp()
    .setCorrelationId(request.getCorrelationId())
    .setStreamIdentifier(request.getOptions()?.getStreamIdentifier())
    .setSuccess(success);
};

/** A proposed event as one that was read. */
export const eventMessage = (
  request: BatchAppendReq,
  message: BatchAppendReq.ProposedMessage,
  position: number,
): ReadResp => {
  const place = String(position);
  const event = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(message.getId())
    .setStreamIdentifier(request.getOptions()?.getStreamIdentifier())
    .setStreamRevision(place)
    .setCommitPosition(place)
    .setPreparePosition(place)
    .setData(message.getData_asU8())
    .setCustomMetadata(message.getCustomMetadata_asU8());
  event
    .getMetadataMap()
    .set('type', message.getMetadataMap().get('type') ?? '')
    .set('created', `${Date.now()}0000`)
    .set('content-type', JSON_TYPE);
  const read = new streams.ReadResp.ReadEvent().setEvent(event).setCommitPosition(place);
  return new streams.ReadResp().setEvent(read);
};

/** The whole log: `count` events, or live ones. */
export const readMessage = (what: { readonly count: number } | 'live'): ReadReq => {
  const all = new streams.ReadReq.Options.AllOptions();
  const options = new streams.ReadReq.Options()
    .setAll(what === 'live' ? all.setEnd(new shared.Empty()) : all.setStart(new shared.Empty()))
    .setNoFilter(new shared.Empty())
    .setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()));
  if (what === 'live') options.setSubscription(new streams.ReadReq.Options.SubscriptionOptions());
  else options.setCount(String(what.count));
  return new streams.ReadReq().setOptions(options);
};

export const confirmation = (): ReadResp =>
  new streams.ReadResp().setConfirmation(new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId('echo'));
