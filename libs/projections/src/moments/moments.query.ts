import type { Position } from '@millwright/event-store';
import type { AsOf, Moment } from '@millwright/read-model';
import type { Database, Statement } from '@millwright/sqlite';
import { row, type Param } from '../database/statements.js';

export interface PlacedMoment extends Moment {
  /** Place of its event among all projected ones. */
  readonly n: number;
}

/** Positions and times to moments. */
export class MomentsQuery {
  private readonly atPosition: Statement;
  private readonly atTime: Statement;
  private readonly atStart: Statement;

  constructor(db: Database) {
    const select = (rest: string): Statement =>
      db.prepare(`SELECT n, position, recorded_at FROM event ${rest} LIMIT 1`).raw().safeIntegers();
    this.atPosition = select('WHERE position <= ? ORDER BY position DESC');
    // Events that share a time are one moment: the last of them.
    this.atTime = select('WHERE recorded_at <= ? ORDER BY recorded_at DESC, n DESC');
    this.atStart = select('ORDER BY n');
  }

  /** The last projected event at or before; undefined before the first one. */
  find(asOf: AsOf): PlacedMoment | undefined {
    return 'position' in asOf ? placed(this.atPosition, [asOf.position]) : placed(this.atTime, [asOf.time]);
  }

  start(): PlacedMoment | undefined {
    return placed(this.atStart, []);
  }
}

const placed = (statement: Statement, params: readonly Param[]): PlacedMoment | undefined => {
  const found = row<never>(statement, params) as [bigint, Position, bigint] | undefined;
  return found && { n: Number(found[0]), position: found[1], time: Number(found[2]) };
};
