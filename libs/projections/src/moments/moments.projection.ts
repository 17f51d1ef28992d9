import type { Position } from '@millwright/event-store';
import type { Moment } from '@millwright/read-model';
import type { Database, Statement } from '@millwright/sqlite';
import { MultiRowInsert } from '../database/multi-row-insert.js';
import { row, run, type Param } from '../database/statements.js';

/**
 * One row per projected event: its place `n`, position, and times. The last row is the checkpoint. `log_end` remembers the id of its event, by which
 * a log that was replaced is recognised.
 */
export const MOMENTS_DDL = `
  CREATE TABLE event(
    n INTEGER PRIMARY KEY, position INTEGER NOT NULL UNIQUE, recorded_at INTEGER NOT NULL, time INTEGER NOT NULL);
  CREATE INDEX event_recorded_at ON event(recorded_at);
  CREATE TABLE log_end(one INTEGER PRIMARY KEY CHECK (one = 1), event_id TEXT NOT NULL);
`;

export interface LogEnd extends Moment {
  readonly n: number;
  readonly eventId: string;
}

export interface MomentRow {
  readonly id: string;
  readonly position: Position;
  readonly recordedAt: number;
  readonly time: number;
}

export class MomentsProjection {
  private readonly insert: MultiRowInsert;
  private readonly setEnd: Statement;
  private readonly readEnd: Statement;
  private waiting: Param[] = [];
  private lastId = '';

  constructor(db: Database) {
    this.insert = new MultiRowInsert(db, 'INSERT INTO event', 4);
    this.setEnd = db.prepare('REPLACE INTO log_end VALUES (1, ?)');
    this.readEnd = db
      .prepare('SELECT n, position, recorded_at, event_id FROM event, log_end ORDER BY n DESC LIMIT 1')
      .raw()
      .safeIntegers();
  }

  /** The last event projected; undefined at the beginning. */
  end(): LogEnd | undefined {
    const found = row<never>(this.readEnd, []) as [bigint, bigint, bigint, string] | undefined;
    return found && { n: Number(found[0]), position: found[1], time: Number(found[2]), eventId: found[3] };
  }

  add(n: number, event: MomentRow): void {
    this.waiting.push(n, event.position, event.recordedAt, event.time);
    this.lastId = event.id;
  }

  flush(): void {
    this.insert.run(this.waiting);
    if (this.waiting.length > 0) run(this.setEnd, [this.lastId]);
    this.waiting = [];
  }

  reset(): void {
    this.waiting = [];
  }
}
