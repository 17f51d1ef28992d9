import { accessSync, constants, existsSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import {
  EventStoreError,
  JsonEventStore,
  oneByOne,
  toEvent,
  withoutSystem,
  type EventStore,
  type LiveTailOptions,
  type RecordLog,
} from '@millwright/event-store';
import { backupLog, type BackupResult } from './backup.js';
import { openReader } from './log-session.js';
import { toEventStoreError } from './map-error.js';
import { PagedReader } from './paged-reader.js';
import { SqliteRecordLog } from './sqlite-record-log.js';
import { verifyFile, type VerifyOptions, type VerifyReport } from './verify-file.js';

export interface SqliteEventStoreOptions {
  /** The log's file; it and its folder are made when they are not there. Beside it SQLite keeps `-wal` and `-shm`, and we `-lock`. */
  readonly path: string;
  /** The log's clock, epoch milliseconds; default Date.now. */
  readonly now?: () => number;
  /** Longest wait for an append or a page, milliseconds; default 10,000: disks were seen to stall for 4.5 s. */
  readonly deadlineMs?: number;
  /** How long to wait for another writer to be gone before `locked`, milliseconds; default 1,000. */
  readonly lockWaitMs?: number;
  /** Largest size of the file; appends beyond it are refused with `disk-full`. Default: the disk's. */
  readonly maxBytes?: number;
  /** Appends that may wait at once; more are refused with `overloaded`. Default 8,192. */
  readonly maxPendingAppends?: number;
  /** Bytes of JSON that may wait at once; default 64 MiB. */
  readonly maxPendingBytes?: number;
  /** Recent events kept in memory for live readers; slower ones read the file. */
  readonly tail?: Omit<LiveTailOptions, 'head'>;
  /** Told in a sentence what is done to the file beyond what was asked: a log of an earlier version is laid out anew. */
  readonly report?: (sentence: string) => void;
}

/** Node's timers know no more; some 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One open log, to the byte and as the house's events. */
export interface SqliteLog {
  readonly events: EventStore;
  readonly records: RecordLog;
  /** Compares the whole log with what its digests say was written, while it is in use. Damage is reported, not thrown. */
  verify(options?: VerifyOptions): Promise<VerifyReport>;
  /** Copies the log, as it is now, to a new file while it is in use. */
  backup(to: string): Promise<BackupResult>;
  close(): Promise<void>;
}

/** Opens the embedded log for writing. Rejects with {@link EventStoreError}; `locked` says which process has it open. */
export const openSqliteLog = async (options: SqliteEventStoreOptions): Promise<SqliteLog> => {
  const { path, now = Date.now, lockWaitMs = 1_000, maxBytes, tail = {}, report = () => undefined } = options;
  const deadlineMs = Math.min(options.deadlineMs ?? 10_000, MAX_TIMER_MS);
  const { maxPendingAppends = 8_192, maxPendingBytes = 64 * 1024 * 1024 } = options;
  const limits = { deadlineMs, lockWaitMs, maxBytes, maxPendingAppends, maxPendingBytes };
  const file = canonicalPath(path);
  const records = await SqliteRecordLog.open({ path: file, now, tail, report, ...limits });
  return {
    events: new JsonEventStore(records),
    records,
    verify: (verifyOptions) => verifyFile(file, verifyOptions),
    backup: (to) => backupLog(file, to),
    close: () => records.close(),
  };
};

/** Opens the embedded log for writing, as the house's events; its `close` closes the log. */
export const openSqliteEventStore = async (options: SqliteEventStoreOptions): Promise<EventStore> =>
  (await openSqliteLog(options)).events;

/** What can be read of a log that another process writes. */
export type EventLogReader = Pick<EventStore, 'readStream' | 'readAll' | 'head' | 'positionAt' | 'close'>;

/** Opens an existing log for reading only, also while a server writes it. */
export const openSqliteEventStoreReader = async (
  path: string,
  { deadlineMs = 10_000 }: Pick<SqliteEventStoreOptions, 'deadlineMs'> = {},
): Promise<EventLogReader> => {
  const toError = (action: string, error: unknown): EventStoreError => toEventStoreError(path, action, error);
  const worker = openReader(resolve(path), deadlineMs, () => undefined);
  const reader = new PagedReader(worker, toError, Date.now);
  try {
    await reader.head();
  } catch (error) {
    await worker.close();
    throw error;
  }
  return {
    readStream: (stream, options = {}) => oneByOne(() => reader.readStream(stream, options), toEvent),
    readAll: (options = {}) =>
      oneByOne(() => reader.readAll({ ...options, filter: withoutSystem(options.filter) }), toEvent),
    head: () => reader.head(),
    positionAt: (time) => reader.positionAt(time),
    close: () => worker.close(),
  };
};

/** One name for one file, so that the lock beside it is the same whatever link it was reached by. */
const canonicalPath = (path: string): string => {
  try {
    mkdirSync(dirname(path), { recursive: true });
    // SQLite's own words for a disk that takes no writes are many, and none says so.
    accessSync(dirname(path), constants.W_OK);
    if (existsSync(path)) accessSync(path, constants.W_OK);
    return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
  } catch (error) {
    const code = ['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')
      ? 'read-only'
      : 'unavailable';
    const reason = error instanceof Error ? error.message : String(error);
    const advice = 'let this user write to the file and its folder, or give another path';
    throw new EventStoreError(code, `the log ${path} cannot be written: ${reason}; ${advice}`, {
      cause: error,
    });
  }
};
