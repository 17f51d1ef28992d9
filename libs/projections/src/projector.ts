import type { Position } from '@millwright/event-store';
import { sqliteCode, type Database } from '@millwright/sqlite';
import { AlarmsProjection } from './alarms/alarms.projection.js';
import { AssetsProjection } from './assets/assets.projection.js';
import { PlantIds } from './database/plant-ids.js';
import { LedgerProjection } from './ledger/ledger.projection.js';
import { MomentsProjection, type LogEnd } from './moments/moments.projection.js';
import { OperatingStatesProjection } from './operating-states/operating-states.projection.js';
import { PartCountsProjection } from './part-counts/part-counts.projection.js';
import { sequenced, type Projection, type TablePrefix } from './projection.js';
import { SamplesProjection } from './samples/samples.projection.js';

/** A recorded event, less what no projection reads. */
export interface ProjectorEvent {
  readonly id: string;
  readonly stream: string;
  readonly type: string;
  readonly data: object;
  readonly time: number;
  readonly position: Position;
  readonly recordedAt: number;
}

export interface PassedOver {
  readonly position: Position;
  readonly reason: string;
}

/** What a fork has conclusions of its own for. */
export const conclusionProjections = (db: Database, ids: PlantIds, prefix: TablePrefix = ''): Projection[] => [
  new AssetsProjection(db, ids, prefix),
  new OperatingStatesProjection(db, ids, prefix),
  new PartCountsProjection(db, ids, prefix),
  new AlarmsProjection(db, ids, prefix),
];

/** Folds the log into the tables: what one call brings, and the checkpoint, are one transaction. */
export class Projector {
  private readonly db: Database;
  private readonly moments: MomentsProjection;
  private readonly ids: PlantIds;
  private readonly projections: readonly Projection[];
  private end: LogEnd | undefined;

  constructor(db: Database, options: { readonly maxTail: number }) {
    this.db = db;
    this.ids = new PlantIds(db);
    this.moments = new MomentsProjection(db);
    this.projections = [
      ...conclusionProjections(db, this.ids),
      new LedgerProjection(db, this.ids),
      new SamplesProjection(db, this.ids, options.maxTail),
    ];
    this.end = this.moments.end();
  }

  /** The last event projected: the checkpoint. */
  get logEnd(): LogEnd | undefined {
    return this.end;
  }

  /**
   * Events at or before the checkpoint are passed over. So is, alone and named in the answer, an event whose payload no projection can read: it would hold
   * up the log for ever. Throws, with nothing changed, when the database cannot be written.
   */
  project(events: readonly ProjectorEvent[]): PassedOver[] {
    try {
      this.write(events, true);
      return [];
    } catch (error) {
      if (sqliteCode(error) !== undefined && sqliteCode(error) !== 'SQLITE_CONSTRAINT') throw error;
    }
    return events.flatMap((event) => this.projectAlone(event));
  }

  private projectAlone(event: ProjectorEvent): PassedOver[] {
    try {
      this.write([event], true);
      return [];
    } catch (error) {
      this.write([event], false);
      const why = error instanceof Error ? error.message : String(error);
      return [
        {
          position: event.position,
          reason: `${event.type} in "${event.stream}" at position ${event.position}: ${why}`,
        },
      ];
    }
  }

  private write(events: readonly ProjectorEvent[], apply: boolean): void {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      let n = this.end?.n ?? 0;
      let position = this.end?.position;
      for (const event of events) {
        if (position !== undefined && event.position <= position) continue;
        position = event.position;
        this.moments.add(++n, event);
        const known = apply ? sequenced(event, n, 0) : undefined;
        if (!known) continue;
        // Assets are numbered in the order in which the log names them, whatever each projection makes of the event.
        this.ids.assetOrNew(known.asset);
        for (const projection of this.projections) projection.apply(known);
      }
      this.moments.flush();
      for (const projection of this.projections) projection.flush?.();
      this.db.exec('COMMIT');
      this.end = this.moments.end();
    } catch (error) {
      this.rollBack();
      throw error;
    }
  }

  private rollBack(): void {
    // SQLite itself has rolled back already after some errors, a full disk among them.
    if (this.db.inTransaction) this.db.exec('ROLLBACK');
    this.ids.reset();
    this.moments.reset();
    for (const projection of this.projections) projection.reset?.();
    this.end = this.moments.end();
  }
}
