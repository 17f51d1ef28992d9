import type { EventStore } from '@millwright/event-store';
import { openSqliteEventStore } from '@millwright/event-store-sqlite';
import { parseLogUrl } from './log-url.js';
import { quietGrpc } from './quiet-grpc.js';

export interface OpenLogOptions {
  /** The embedded log's clock, epoch milliseconds; EventStoreDB has its own. */
  readonly now?: () => number;
  /** Longest wait for an append or a page, milliseconds; default 10,000. */
  readonly deadlineMs?: number;
  /** Told in a sentence what is done to an embedded log beyond what was asked: a file of an earlier version is laid out anew. */
  readonly report?: (sentence: string) => void;
}

/**
 * Opens the log that a setting names: `sqlite:<path>`, `esdb://…`, `esdb+discover://…` (KurrentDB's spellings too). Throws
 * {@link EventStoreError} as the adapters do, and `unavailable` for a setting that names none.
 */
export const openLog = async (url: string, options: OpenLogOptions = {}): Promise<EventStore> => {
  const log = parseLogUrl(url);
  if (log.kind === 'sqlite') return openSqliteEventStore({ path: log.path, ...options });
  // Who embeds the log pays nothing for gRPC.
  quietGrpc();
  const { openEsdbEventStore } = await import('@millwright/event-store-esdb');
  const { deadlineMs } = options;
  return openEsdbEventStore({
    connectionString: log.connectionString,
    ...(deadlineMs !== undefined && { deadlineMs }),
  });
};
