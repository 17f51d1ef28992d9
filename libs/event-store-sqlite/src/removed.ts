import type { Database } from '@millwright/sqlite';

export const SCAVENGE_COMPLETED = '$scavengeCompleted';

/** What scavenges have removed, as their event tells it. */
export interface Removed {
  /** Events removed since the last one was told of. */
  readonly removedEvents: number;
  /** Last position that any scavenge has removed; absent when none has removed anything. */
  readonly removedUpTo?: string;
}

/** Within a transaction: so many events have been removed, up to a position. */
export const noteRemoved = (db: Database, events: number, upTo: number): void => {
  db.prepare(
    `INSERT INTO removed VALUES (1, ?, ?)
      ON CONFLICT DO UPDATE SET events = events + excluded.events, up_to = max(up_to, excluded.up_to)`,
  ).run([events, upTo]);
};

export const readRemoved = (db: Database): Removed => {
  const row = db.prepare('SELECT events, up_to FROM removed').raw().get() as [number, number] | undefined;
  return row ? { removedEvents: row[0], removedUpTo: String(row[1]) } : { removedEvents: 0 };
};

/** Within a transaction: what has been removed is being told of. */
export const takeRemoved = (db: Database): Removed => {
  const removed = readRemoved(db);
  db.prepare('UPDATE removed SET events = 0').run();
  return removed;
};
