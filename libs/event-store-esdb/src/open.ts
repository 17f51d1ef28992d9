import { JsonEventStore, type EventStore, type LiveTailOptions, type RecordLog } from '@millwright/event-store';
import { parseConnection } from './connection-string.js';
import { EsdbConnection } from './connection.js';
import { EsdbRecordLog } from './esdb-record-log.js';

export interface EsdbEventStoreOptions {
  /** `esdb://user:password@host:2113?tls=true` and its kin; see docs/event-store-esdb.md. */
  readonly connectionString: string;
  /** Longest wait for an append, or for the next answer to a read, milliseconds; default the connection string's defaultDeadline, or 10,000. */
  readonly deadlineMs?: number;
  /** Appends that may wait at once; more are refused with `overloaded`. Default 8,192. */
  readonly maxPendingAppends?: number;
  /** Bytes of data and metadata that may wait at once; default 64 MiB. */
  readonly maxPendingBytes?: number;
  /** A server that has said nothing for so long is asked for a sign of life, milliseconds; default 5,000. */
  readonly heartbeatMs?: number;
  /** Recent events kept in memory for live readers; slower ones read from the server. */
  readonly tail?: Omit<LiveTailOptions, 'head'>;
}

const DEFAULT_DEADLINE_MS = 10_000;
const DEFAULT_HEARTBEAT_MS = 5_000;

/**
 * Opens a log by EventStoreDB's protocol. Rejects with {@link EventStoreError}: `unavailable` for a connection string that is none and for a
 * server that does not answer within the deadline, `access-denied`. Once open, it lives through every outage by itself.
 */
export const openEsdbRecordLog = async (options: EsdbEventStoreOptions): Promise<RecordLog> => {
  const { maxPendingAppends = 8_192, maxPendingBytes = 64 * 1024 * 1024, tail = {} } = options;
  const settings = parseConnection(options.connectionString);
  return EsdbRecordLog.open({
    connection: new EsdbConnection(settings),
    deadlineMs: options.deadlineMs ?? settings.options.defaultDeadline ?? DEFAULT_DEADLINE_MS,
    heartbeatMs: options.heartbeatMs ?? DEFAULT_HEARTBEAT_MS,
    maxPendingAppends,
    maxPendingBytes,
    tail,
  });
};

/** The same as the house's log of JSON events. */
export const openEsdbEventStore = async (options: EsdbEventStoreOptions): Promise<EventStore> =>
  new JsonEventStore(await openEsdbRecordLog(options));
