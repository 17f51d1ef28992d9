import { randomUUID } from 'node:crypto';
import { operations, type ScavengeResp } from '@millwright/esdb-protocol';
import type { RecordLog } from '@millwright/event-store';
import type { Handler } from './grpc/server.js';
import { unary } from './unary.js';

/**
 * `Operations.StartScavenge`: answers when the scavenge is done, as the log's own promise does. The log writes what was removed to
 * `$scavenges`. One runs at a time; who asks meanwhile is told that it is in progress.
 */
export const startScavenge = (log: RecordLog): Handler => {
  const { STARTED, INPROGRESS } = operations.ScavengeResp.ScavengeResult;
  const result = (id: string, value: ScavengeResp.ScavengeResult): ScavengeResp =>
    new operations.ScavengeResp().setScavengeId(id).setScavengeResult(value);
  let running: string | undefined;
  return unary(operations.StartScavengeReq.deserializeBinary, async () => {
    if (running !== undefined) return result(running, INPROGRESS);
    const id = (running = randomUUID());
    try {
      await log.scavenge();
    } finally {
      running = undefined;
    }
    return result(id, STARTED);
  });
};
