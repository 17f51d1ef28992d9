import { statSync } from 'node:fs';
import type { Position } from '@millwright/event-store';
import { openDatabase, type Database } from '@millwright/sqlite';
import { LogReader } from './log-reader.js';
import { toEventStoreError } from './map-error.js';
import { readRemoved } from './removed.js';
import { checkSchema } from './schema.js';
import { Statements } from './statements.js';

/** How large a log is. */
export interface LogStats {
  /** Events on the disk, those that retention hides included. */
  readonly events: number;
  /** Streams that have ever had an event, the log's own included. */
  readonly streams: number;
  /** Bytes of the file and of its WAL. */
  readonly bytes: number;
  /** Last position written, undefined for an empty log. */
  readonly head: Position | undefined;
  /** When the first and the last event that are there were recorded, epoch milliseconds. */
  readonly recorded: { readonly first: number; readonly last: number } | undefined;
  /** Last position that any scavenge has removed an event at. */
  readonly removedUpTo: Position | undefined;
}

/** One stream of a log. */
export interface StreamStats {
  readonly stream: string;
  /** Events on the disk, those that retention hides included. */
  readonly events: number;
}

/**
 * Counts what a log has; it may be in use. Blocks the thread, for about a second per ten million events. Throws {@link EventStoreError}.
 */
export const logStats = (path: string): LogStats =>
  withLog(path, (db) => {
    const statements = new Statements(db);
    const value = (sql: string): number | undefined => statements.value(sql);
    const head = new LogReader(db).head();
    const first = value('SELECT recorded_at FROM events ORDER BY position LIMIT 1');
    const last = value('SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1');
    const { removedUpTo } = readRemoved(db);
    return {
      events: value('SELECT count(*) FROM events') ?? 0,
      streams: value('SELECT count(*) FROM streams') ?? 0,
      bytes: bytesOf(path) + bytesOf(`${path}-wal`),
      head: head === undefined ? undefined : BigInt(head),
      recorded: first === undefined || last === undefined ? undefined : { first, last },
      removedUpTo: removedUpTo === undefined ? undefined : BigInt(removedUpTo),
    };
  });

/** The streams whose names begin with the prefix, by name; those that have lost every event included. Otherwise as {@link logStats}. */
export const streamStats = (path: string, prefix = ''): StreamStats[] =>
  withLog(path, (db) => {
    const sql = `SELECT CAST(name AS BLOB), (SELECT count(*) FROM events WHERE stream = streams.id) FROM streams
      WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name`;
    const rows = db.prepare(sql).raw().all([prefix]) as [Buffer, number][];
    return rows.map(([name, events]) => ({ stream: name.toString(), events }));
  });

const withLog = <T>(path: string, count: (db: Database) => T): T => {
  try {
    const db = openDatabase(path, { synchronous: 'FULL', readonly: true });
    try {
      checkSchema(db, path);
      return count(db);
    } finally {
      db.close();
    }
  } catch (error) {
    throw toEventStoreError(path, 'count', error);
  }
};

const bytesOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
