import { operations, type ScavengeResp } from '@millwright/esdb-protocol';
import {
  EventStoreError,
  SCAVENGES_STREAM,
  toEvent,
  type LogRecord,
  type ScavengeResult,
} from '@millwright/event-store';
import type { EsdbConnection } from './connection.js';
import { toEventStoreError } from './errors.js';
import type { EsdbReader } from './reader.js';

/** A scavenge may take hours; so long may pass between two signs of life. */
const START_DEADLINE_MS = 600_000;
const POLL_MS = 500;

/**
 * Starts a scavenge and waits for its end. The embedded log answers when it is done; EventStoreDB answers at once, and writes to the stream
 * `$scavenges-<id>` how it goes on.
 */
export const scavenge = async (connection: EsdbConnection, reader: EsdbReader): Promise<ScavengeResult> => {
  const started = await start(connection);
  for (;;) {
    const done = await completed(reader, started.getScavengeId());
    if (done) return resultOf(connection.name, done);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
};

const start = async (connection: EsdbConnection): Promise<ScavengeResp> => {
  const request = new operations.StartScavengeReq().setOptions(
    new operations.StartScavengeReq.Options().setThreadCount(1).setStartFromChunk(0),
  );
  try {
    return await connection.operations(
      START_DEADLINE_MS,
      (client, ...args) =>
        new Promise<ScavengeResp>((resolve, reject) => {
          client.startScavenge(request, ...args, (error, answer) => (error ? reject(error) : resolve(answer)));
        }),
    );
  } catch (error) {
    throw toEventStoreError(connection.name, 'scavenge', error);
  }
};

const completed = async (reader: EsdbReader, id: string): Promise<LogRecord | undefined> => {
  for (const stream of [`${SCAVENGES_STREAM}-${id}`, SCAVENGES_STREAM]) {
    for await (const record of reader.readStream(stream, { direction: 'backwards', maxCount: 1 })) {
      if (record.type === '$scavengeCompleted') return record;
    }
  }
  return undefined;
};

/** EventStoreDB says `spaceSaved` and `result`, the embedded log also how many events. */
const resultOf = (server: string, record: LogRecord): ScavengeResult => {
  const { removedEvents, spaceSaved, result, error } = toEvent(record).data as Record<string, unknown>;
  if (typeof result === 'string' && result !== 'Success') {
    throw new EventStoreError('unavailable', `the scavenge at ${server} ended as ${result}: ${String(error ?? '')}`);
  }
  return {
    removedEvents: typeof removedEvents === 'number' ? removedEvents : undefined,
    freedBytes: typeof spaceSaved === 'number' ? spaceSaved : 0,
  };
};
