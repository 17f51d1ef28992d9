import type { EventStoreError } from '@millwright/event-store';
import { sleep, type Pause } from './back-off.js';
import type { EsdbConnection } from './connection.js';
import { isAway } from './errors.js';
import type { Feed } from './feed.js';
import type { EsdbReader } from './reader.js';

export interface HeartbeatOptions {
  readonly connection: EsdbConnection;
  readonly reader: EsdbReader;
  readonly feed: () => Feed | undefined;
  /** Longest silence before the server is asked for the end of the log. */
  readonly everyMs: number;
  /** Longest wait for its answer. */
  readonly deadlineMs: number;
  readonly pause: Pause;
  readonly stopped: AbortSignal;
}

/**
 * Asks a server that says nothing where the log ends. A dead one is found out though nobody wants anything of it, and so is a subscription
 * that brings nothing though the log goes on.
 */
export const keepHeartbeat = async (options: HeartbeatOptions): Promise<void> => {
  const { connection, reader, everyMs, deadlineMs, pause, stopped } = options;
  let received: number | undefined;
  await sleep(everyMs, stopped);
  for (let attempt = 0; !stopped.aborted;) {
    const feed = options.feed();
    const quiet = feed ? feed.received === received : connection.silentMs >= everyMs;
    received = feed?.received;
    if (!quiet) {
      await sleep(everyMs, stopped);
      continue;
    }
    try {
      const head = await reader.probe(deadlineMs);
      feed?.check(head);
      attempt = 0;
      await sleep(everyMs, stopped);
    } catch (error) {
      if (!isAway(error as EventStoreError)) connection.refused(error as EventStoreError);
      feed?.restart();
      await pause(attempt++);
    }
  }
};
