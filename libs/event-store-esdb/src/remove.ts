import type { Metadata, CallOptions } from '@grpc/grpc-js';
import { identifierOf, streams, type DeleteReq, type TombstoneReq } from '@millwright/esdb-protocol';
import { checkStreamName, WrongExpectedRevisionError, type ExpectedRevision } from '@millwright/event-store';
import type { EsdbConnection } from './connection.js';
import { emptyMessage } from './convert.js';
import { toEventStoreError } from './errors.js';

interface Settings {
  readonly connection: EsdbConnection;
  readonly deadlineMs: number;
}

/** Deletes or tombstones a stream. */
export const removeStream = async (
  { connection, deadlineMs }: Settings,
  how: 'delete' | 'tombstone',
  stream: string,
  expected: ExpectedRevision,
): Promise<void> => {
  checkStreamName(stream, `the ${how === 'delete' ? 'deletion' : 'tombstone'}`);
  try {
    await connection.streams(deadlineMs, (client, ...args) =>
      how === 'delete'
        ? unary((done) => client.delete(deleteRequest(stream, expected), ...callOf(args), done))
        : unary((done) => client.tombstone(tombstoneRequest(stream, expected), ...callOf(args), done)),
    );
  } catch (error) {
    const known = toEventStoreError(connection.name, `${how} stream "${stream}"`, error, stream);
    if (!(known instanceof WrongExpectedRevisionError)) throw known;
    throw new WrongExpectedRevisionError(stream, expected.toString(), known.actual);
  }
};

const callOf = (args: [Metadata, CallOptions]): [Metadata, CallOptions] => args;

const unary = (start: (done: (error: Error | null) => void) => unknown): Promise<void> =>
  new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));

const expect = <T extends DeleteReq.Options | TombstoneReq.Options>(options: T, expected: ExpectedRevision): T => {
  if (expected === 'any') options.setAny(emptyMessage());
  else if (expected === 'no-stream') options.setNoStream(emptyMessage());
  else if (expected === 'stream-exists') options.setStreamExists(emptyMessage());
  else options.setRevision(expected.toString());
  return options;
};

const deleteRequest = (stream: string, expected: ExpectedRevision): DeleteReq =>
  new streams.DeleteReq().setOptions(
    expect(new streams.DeleteReq.Options().setStreamIdentifier(identifierOf(stream)), expected),
  );

const tombstoneRequest = (stream: string, expected: ExpectedRevision): TombstoneReq =>
  new streams.TombstoneReq().setOptions(
    expect(new streams.TombstoneReq.Options().setStreamIdentifier(identifierOf(stream)), expected),
  );
