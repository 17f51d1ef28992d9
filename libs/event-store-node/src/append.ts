import type { handleClientStreamingCall, ServerReadableStream } from '@grpc/grpc-js';
import {
  EventStoreError,
  MAX_APPEND_BYTES,
  meets,
  WrongExpectedRevisionError,
  type AppendResult,
  type ExpectedRevision,
  type NewRecord,
  type RecordLog,
  type Revision,
} from '@millwright/event-store';
import { expectedOf, invalid, recordOf, streamName } from './convert.js';
import { toServiceError } from './errors.js';
import type { AppendReq, AppendResp } from '@millwright/esdb-protocol';
import { shared, streams } from '@millwright/esdb-protocol';

/** An append as the messages of one call spell it out. */
export interface Proposal {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly records: NewRecord[];
  bytes: number;
}

/** Adds an event. Throws `event-too-large` at the first that is too many, so that a client cannot send on and on. */
export const propose = (proposal: Proposal, record: NewRecord): void => {
  proposal.bytes += record.data.length + record.metadata.length;
  if (proposal.bytes > MAX_APPEND_BYTES) {
    const message = `the append to "${proposal.stream}" has more than ${MAX_APPEND_BYTES} bytes of data and metadata; split it`;
    throw new EventStoreError('event-too-large', message);
  }
  proposal.records.push(record);
};

/** Writes a proposal. One without events only asks whether the stream is where it is expected, as in EventStoreDB. */
export const commit = async (
  log: RecordLog,
  { stream, expected, records }: Proposal,
): Promise<AppendResult | { readonly revision: Revision | undefined }> => {
  if (records.length > 0) return log.append(stream, expected, records);
  let revision: Revision | undefined;
  for await (const record of log.readStream(stream, { direction: 'backwards', maxCount: 1 }))
    revision = record.revision;
  if (!meets(revision, expected)) {
    throw new WrongExpectedRevisionError(stream, expected.toString(), revision ?? 'no-stream');
  }
  return { revision };
};

/** `Streams.Append`: options first, then the events, one answer. */
export const append =
  (log: RecordLog): handleClientStreamingCall<AppendReq, AppendResp> =>
  (call, answer) => {
    collect(call)
      .then(async (proposal) => {
        try {
          answer(null, success(await commit(log, proposal)));
        } catch (error) {
          if (!(error instanceof WrongExpectedRevisionError)) throw error;
          answer(null, refusal(error));
        }
      })
      .catch((error: unknown) => answer(toServiceError(error)));
  };

const collect = async (call: ServerReadableStream<AppendReq, AppendResp>): Promise<Proposal> => {
  let proposal: Proposal | undefined;
  for await (const request of call as AsyncIterable<AppendReq>) {
    const options = request.getOptions();
    const message = request.getProposedMessage();
    if (options) {
      const stream = streamName(options.getStreamIdentifier());
      const expected = expectedOf(options, options.hasRevision() ? options.getRevision() : undefined);
      proposal = { stream, expected, records: [], bytes: 0 };
    } else if (message && proposal) propose(proposal, recordOf(message));
    else throw invalid('the first message of an append must be its options, every other one an event');
  }
  if (!proposal) throw invalid('the append ended before its options came');
  return proposal;
};

const success = (result: Awaited<ReturnType<typeof commit>>): AppendResp => {
  const done = new streams.AppendResp.Success();
  if (result.revision === undefined) done.setNoStream(new shared.Empty());
  else done.setCurrentRevision(result.revision.toString());
  if ('position' in result) {
    const place = result.position.toString();
    done.setPosition(new streams.AppendResp.Position().setCommitPosition(place).setPreparePosition(place));
  } else done.setNoPosition(new shared.Empty());
  return new streams.AppendResp().setSuccess(done);
};

const refusal = ({ expected, actual }: WrongExpectedRevisionError): AppendResp => {
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (actual === 'no-stream') wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(actual.toString());
  if (expected === 'any') wrong.setExpectedAny(new shared.Empty());
  else if (expected === 'no-stream') wrong.setExpectedNoStream(new shared.Empty());
  else if (expected === 'stream-exists') wrong.setExpectedStreamExists(new shared.Empty());
  else wrong.setExpectedRevision(expected);
  return new streams.AppendResp().setWrongExpectedVersion(wrong);
};
