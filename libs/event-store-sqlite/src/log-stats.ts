import { statSync } from 'node:fs';
import type { Position } from '@millwright/event-store';
import { openDatabase } from '@millwright/sqlite';
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

/**
 * Counts what a log has; it may be in use. Blocks the thread, for about a second per ten million events. Throws {@link EventStoreError}.
 */
export const logStats = (path: string): LogStats => {
  try {
    const db = openDatabase(path, { synchronous: 'FULL', readonly: true });
    try {
      checkSchema(db, path);
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
    } finally {
      db.close();
    }
  } catch (error) {
    throw toEventStoreError(path, 'count', error);
  }
};

const bytesOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
