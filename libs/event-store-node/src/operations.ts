import { randomUUID } from 'node:crypto';
import type { handleUnaryCall } from '@grpc/grpc-js';
import type { ScavengeResp, StartScavengeReq } from '@millwright/esdb-protocol';
import type { RecordLog } from '@millwright/event-store';
import { toServiceError } from './errors.js';
import { operations } from '@millwright/esdb-protocol';

/**
 * `Operations.StartScavenge`: answers when the scavenge is done, as the log's own promise does. The log writes what was removed to
 * `$scavenges`. One runs at a time; who asks meanwhile is told that it is in progress.
 */
export const startScavenge = (log: RecordLog): handleUnaryCall<StartScavengeReq, ScavengeResp> => {
  let running: string | undefined;
  return (_, answer) => {
    const result = (id: string, value: ScavengeResp.ScavengeResult): ScavengeResp =>
      new operations.ScavengeResp().setScavengeId(id).setScavengeResult(value);
    if (running !== undefined) return answer(null, result(running, operations.ScavengeResp.ScavengeResult.INPROGRESS));
    const id = (running = randomUUID());
    log
      .scavenge()
      .then(
        () => answer(null, result(id, operations.ScavengeResp.ScavengeResult.STARTED)),
        (error: unknown) => answer(toServiceError(error)),
      )
      .finally(() => (running = undefined));
  };
};
