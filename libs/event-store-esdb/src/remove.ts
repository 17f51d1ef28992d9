import type { ServiceError } from '@grpc/grpc-js';
import { identifierOf, shared, streams, type DeleteReq, type TombstoneReq } from '@millwright/esdb-protocol';
import {
  checkStreamName,
  StreamDeletedError,
  WrongExpectedRevisionError,
  type EventStoreError,
  type ExpectedRevision,
} from '@millwright/event-store';
import type { Pause } from './back-off.js';
import type { EsdbConnection } from './connection.js';
import type { Link } from './link.js';
import { isPassing } from './errors.js';

export interface RemoveSettings {
  readonly connection: EsdbConnection;
  readonly deadlineMs: number;
  readonly pause: Pause;
}

export type Removal = 'delete' | 'tombstone';

/** Deletes or tombstones a stream; a passing failure is tried again until the deadline. */
export const removeStream = async (
  { connection, deadlineMs, pause }: RemoveSettings,
  how: Removal,
  stream: string,
  expected: ExpectedRevision,
): Promise<void> => {
  checkStreamName(stream, `the ${how === 'delete' ? 'deletion' : 'tombstone'}`);
  const end = performance.now() + deadlineMs;
  for (let attempt = 0; ; attempt++) {
    const error = await removeOnce(connection, how, stream, expected, Math.max(1, end - performance.now()));
    if (!error) return;
    // The answer of an earlier try was lost: what it asked for has been done.
    if (attempt > 0 && how === 'tombstone' && error instanceof StreamDeletedError) return;
    if (error instanceof WrongExpectedRevisionError) {
      throw new WrongExpectedRevisionError(stream, expected.toString(), error.actual);
    }
    if (!isPassing(error) || performance.now() >= end) throw error;
    await pause(attempt);
  }
};

/** Gives the error, if there is one. */
const removeOnce = async (
  connection: EsdbConnection,
  how: Removal,
  stream: string,
  expected: ExpectedRevision,
  deadlineMs: number,
): Promise<EventStoreError | undefined> => {
  let link: Link | undefined;
  try {
    link = await connection.open(deadlineMs);
    const { streams: client } = link;
    await new Promise<void>((resolve, reject) => {
      const done = (error: ServiceError | null): void => (error ? reject(error) : resolve());
      const call =
        how === 'delete'
          ? client.delete(deleteRequest(stream, expected), ...connection.args(deadlineMs), done)
          : client.tombstone(tombstoneRequest(stream, expected), ...connection.args(deadlineMs), done);
      connection.track(call);
      call.on('status', () => connection.untrack(call));
    });
    connection.heard();
    return undefined;
  } catch (error) {
    if (connection.closed) return connection.closedError();
    return connection.failed(link, `${how} stream "${stream}"`, error, stream);
  }
};

const expecting = <T extends DeleteReq.Options | TombstoneReq.Options>(options: T, expected: ExpectedRevision): T => {
  if (expected === 'any') options.setAny(new shared.Empty());
  else if (expected === 'no-stream') options.setNoStream(new shared.Empty());
  else if (expected === 'stream-exists') options.setStreamExists(new shared.Empty());
  else options.setRevision(expected.toString());
  return options;
};

const deleteRequest = (stream: string, expected: ExpectedRevision): DeleteReq => {
  const options = new streams.DeleteReq.Options().setStreamIdentifier(identifierOf(stream));
  return new streams.DeleteReq().setOptions(expecting(options, expected));
};

const tombstoneRequest = (stream: string, expected: ExpectedRevision): TombstoneReq => {
  const options = new streams.TombstoneReq.Options().setStreamIdentifier(identifierOf(stream));
  return new streams.TombstoneReq().setOptions(expecting(options, expected));
};
