import { JsonEventStore, type EventStore, type LiveTailOptions, type RecordLog } from '@millwright/event-store';
import { EsdbConnection } from './connection.js';
import { EsdbRecordLog } from './esdb-record-log.js';

export interface EsdbEventStoreOptions {
  /** `esdb://user:password@host:2113?tls=true` and its kin; see docs/event-store-esdb.md. */
  readonly connectionString: string;
  /** Longest wait for an append or a page, milliseconds; default 10,000. */
  readonly deadlineMs?: number;
  /** Appends that may wait at once; more are refused with `overloaded`. Default 8,192. */
  readonly maxPendingAppends?: number;
  /** Bytes of data and metadata that may wait at once; default 64 MiB. */
  readonly maxPendingBytes?: number;
  /** Recent events kept in memory for live readers; slower ones read from the server. */
  readonly tail?: Omit<LiveTailOptions, 'head'>;
}

/** Opens a log by EventStoreDB's protocol. Rejects with {@link EventStoreError}: `unavailable`, `access-denied`. */
export const openEsdbRecordLog = async (options: EsdbEventStoreOptions): Promise<RecordLog> => {
  const { connectionString, deadlineMs = 10_000, tail = {} } = options;
  const { maxPendingAppends = 8_192, maxPendingBytes = 64 * 1024 * 1024 } = options;
  const connection = new EsdbConnection(connectionString);
  return EsdbRecordLog.open({ connection, deadlineMs, maxPendingAppends, maxPendingBytes, tail });
};

/** The same as the house's log of JSON events. */
export const openEsdbEventStore = async (options: EsdbEventStoreOptions): Promise<EventStore> =>
  new JsonEventStore(await openEsdbRecordLog(options));
