import { shared, streams, type DeleteReq, type TombstoneReq } from '@millwright/esdb-protocol';
import type { ExpectedRevision, RecordLog } from '@millwright/event-store';
import type { Handler } from './grpc/server.js';
import { streamName, UNEXPECTING } from './names.js';
import { invalid, unary } from './unary.js';

type Options = DeleteReq.Options | TombstoneReq.Options;

/** Where a deletion stands in the log is not told: clients have no use for it. */
const noPosition = (): InstanceType<typeof shared.Empty> => new shared.Empty();

const target = (options: Options | undefined): [stream: string, expected: ExpectedRevision] => {
  if (!options) throw invalid('the request has no options');
  return [streamName(options.getStreamIdentifier()), expectedOf(options)];
};

const expectedOf = (options: Options): ExpectedRevision => {
  if (options.hasRevision()) return BigInt(options.getRevision());
  if (options.hasNoStream()) return 'no-stream';
  if (options.hasStreamExists()) return 'stream-exists';
  if (options.hasAny()) return 'any';
  throw invalid(UNEXPECTING);
};

/** `Streams.Delete`: the stream is empty, and may be begun again. */
export const deleteStream = (log: RecordLog): Handler =>
  unary(streams.DeleteReq.deserializeBinary, async (request) => {
    await log.deleteStream(...target(request.getOptions()));
    return new streams.DeleteResp().setNoPosition(noPosition());
  });

/** `Streams.Tombstone`: the stream's name is closed for ever. */
export const tombstoneStream = (log: RecordLog): Handler =>
  unary(streams.TombstoneReq.deserializeBinary, async (request) => {
    await log.tombstoneStream(...target(request.getOptions()));
    return new streams.TombstoneResp().setNoPosition(noPosition());
  });
