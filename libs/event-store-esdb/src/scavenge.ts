import { operations, type ScavengeResp } from '@millwright/esdb-protocol';
import {
  EventStoreError,
  SCAVENGES_STREAM,
  toEvent,
  type LogRecord,
  type ScavengeResult,
} from '@millwright/event-store';
import { sleep } from './back-off.js';
import type { EsdbConnection } from './connection.js';
import type { Link } from './link.js';
import type { EsdbReader } from './reader.js';

export interface ScavengeSettings {
  readonly connection: EsdbConnection;
  readonly reader: EsdbReader;
  /** A server that has been away for so long is not waited for, milliseconds. */
  readonly deadlineMs: number;
  readonly stopped: AbortSignal;
}

const POLL_MS = 500;

/**
 * Starts a scavenge and waits for its end, however long that takes; the server must be there all the time. The embedded log answers when it is
 * done and tells of it in `$scavenges`; EventStoreDB answers at once and writes to `$scavenges-<id>` how it goes on.
 */
export const scavenge = async (settings: ScavengeSettings): Promise<ScavengeResult> => {
  const { connection, reader, stopped } = settings;
  const before = (await lastOf(reader, SCAVENGES_STREAM))?.revision ?? -1n;
  const id = (await start(settings)).getScavengeId();
  while (!stopped.aborted) {
    const own = await lastOf(reader, `${SCAVENGES_STREAM}-${id}`);
    const shared = await lastOf(reader, SCAVENGES_STREAM);
    const done = [own, shared && shared.revision > before ? shared : undefined].find(
      (record) => record?.type === '$scavengeCompleted',
    );
    if (done) return resultOf(connection.name, done);
    await sleep(POLL_MS, stopped);
  }
  throw connection.closedError();
};

const start = async ({ connection, deadlineMs }: ScavengeSettings): Promise<ScavengeResp> => {
  let link: Link | undefined;
  const options = new operations.StartScavengeReq.Options().setThreadCount(1).setStartFromChunk(0);
  const request = new operations.StartScavengeReq().setOptions(options);
  try {
    const { operations: client } = (link = await connection.open(deadlineMs));
    return await new Promise<ScavengeResp>((resolve, reject) => {
      const call = client.startScavenge(request, ...connection.args(Infinity), (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
      connection.track(call);
      // It may take hours: the heartbeat says whether the server is there.
      const watch = setInterval(() => {
        if (connection.fault && performance.now() - connection.fault.since > deadlineMs) call.cancel();
      }, POLL_MS);
      call.on('status', () => {
        clearInterval(watch);
        connection.untrack(call);
      });
    });
  } catch (error) {
    if (connection.closed) throw connection.closedError();
    throw connection.failed(link, 'scavenge', error);
  }
};

const lastOf = async (reader: EsdbReader, stream: string): Promise<LogRecord | undefined> => {
  for await (const record of reader.readStream(stream, { direction: 'backwards', maxCount: 1 })) return record;
  return undefined;
};

/** EventStoreDB says `spaceSaved` and `result`, the embedded log also how many events. */
const resultOf = (server: string, record: LogRecord): ScavengeResult => {
  const { removedEvents, spaceSaved, result, error } = toEvent(record).data as Record<string, unknown>;
  if (typeof result === 'string' && result !== 'Success') {
    const reason = typeof error === 'string' && error !== '' ? `: ${error}` : '';
    throw new EventStoreError('unavailable', `the scavenge at ${server} ended as ${result}${reason}; start it again`);
  }
  return {
    removedEvents: typeof removedEvents === 'number' ? removedEvents : undefined,
    freedBytes: typeof spaceSaved === 'number' ? spaceSaved : 0,
  };
};
