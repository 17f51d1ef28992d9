import type { Database, Statement } from '@millwright/sqlite';
import type { PlantIds } from '../database/plant-ids.js';
import { prepareRows, row, run } from '../database/statements.js';
import type { Projection, SequencedEvent, TablePrefix } from '../projection.js';

/**
 * Totals of each asset after each completion, so that any span is one difference. `cycle_ms` is the time between completions and `cycles` the parts
 * that have one. Within an asset, times never fall from one row to the next.
 */
export const PART_COUNTS_DDL = `
  CREATE TABLE part_count(
    asset INTEGER NOT NULL, event INTEGER NOT NULL, "order" INTEGER NOT NULL, time INTEGER NOT NULL,
    good INTEGER NOT NULL, scrap INTEGER NOT NULL, cycle_ms REAL NOT NULL, cycles INTEGER NOT NULL,
    PRIMARY KEY (asset, event, "order")) WITHOUT ROWID;
  CREATE INDEX part_count_time ON part_count(asset, time);
`;

export class PartCountsProjection implements Projection {
  private readonly ids: PlantIds;
  private readonly last: Statement;
  private readonly insert: Statement;

  constructor(db: Database, ids: PlantIds, prefix: TablePrefix = '') {
    this.ids = ids;
    this.last = prepareRows(
      db,
      `SELECT time, good, scrap, cycle_ms, cycles FROM part_count
       WHERE asset = ? ORDER BY event DESC, "order" DESC LIMIT 1`,
    );
    this.insert = db.prepare(`INSERT INTO ${prefix}part_count VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  }

  apply(event: SequencedEvent): void {
    if (event.type !== 'CycleCompleted') return;
    const { result, parts, cycleTimeMs } = event.data;
    const asset = this.ids.assetOrNew(event.asset);
    const before = row<[number, number, number, number, number]>(this.last, [asset]);
    const [time, good, scrap, cycleMs, cycles] = before ?? [event.time, 0, 0, 0, 0];
    run(this.insert, [
      asset,
      event.n,
      event.order,
      Math.max(time, event.time),
      good + (result === 'good' ? parts : 0),
      scrap + (result === 'scrap' ? parts : 0),
      cycleMs + (cycleTimeMs ?? 0) * parts,
      cycles + (cycleTimeMs === undefined ? 0 : parts),
    ]);
  }
}
