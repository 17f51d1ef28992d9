import type { handleUnaryCall } from '@grpc/grpc-js';
import type { RecordLog } from '@millwright/event-store';
import { expectedOf, invalid, streamName } from './convert.js';
import { toServiceError } from './errors.js';
import type { DeleteReq, DeleteResp, TombstoneReq, TombstoneResp } from '@millwright/esdb-protocol';
import { shared, streams } from '@millwright/esdb-protocol';

type Options = DeleteReq.Options | TombstoneReq.Options;

/** Where a deletion stands in the log is not told: clients have no use for it. */
const noPosition = (): InstanceType<typeof shared.Empty> => new shared.Empty();

const target = (options: Options | undefined): [string, ReturnType<typeof expectedOf>] => {
  if (!options) throw invalid('the request has no options');
  const expected = expectedOf(options, options.hasRevision() ? options.getRevision() : undefined);
  return [streamName(options.getStreamIdentifier()), expected];
};

/** `Streams.Delete`: the stream is empty, and may be begun again. */
export const deleteStream =
  (log: RecordLog): handleUnaryCall<DeleteReq, DeleteResp> =>
  ({ request }, answer) => {
    (async () => log.deleteStream(...target(request.getOptions())))().then(
      () => answer(null, new streams.DeleteResp().setNoPosition(noPosition())),
      (error: unknown) => answer(toServiceError(error)),
    );
  };

/** `Streams.Tombstone`: the stream's name is closed for ever. */
export const tombstoneStream =
  (log: RecordLog): handleUnaryCall<TombstoneReq, TombstoneResp> =>
  ({ request }, answer) => {
    (async () => log.tombstoneStream(...target(request.getOptions())))().then(
      () => answer(null, new streams.TombstoneResp().setNoPosition(noPosition())),
      (error: unknown) => answer(toServiceError(error)),
    );
  };
