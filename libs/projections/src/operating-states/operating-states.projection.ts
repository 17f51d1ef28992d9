import type { Database, Statement } from '@millwright/sqlite';
import type { PlantIds } from '../database/plant-ids.js';
import { run } from '../database/statements.js';
import type { Projection, SequencedEvent, TablePrefix } from '../projection.js';

/** Every change of an asset's operating state. Within an asset, times never fall from one row to the next. */
export const OPERATING_STATES_DDL = `
  CREATE TABLE operating_state(
    asset INTEGER NOT NULL, event INTEGER NOT NULL, "order" INTEGER NOT NULL, time INTEGER NOT NULL,
    state TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (asset, event, "order")) WITHOUT ROWID;
  CREATE INDEX operating_state_time ON operating_state(asset, time);
`;

export class OperatingStatesProjection implements Projection {
  private readonly ids: PlantIds;
  private readonly insert: Statement;

  constructor(db: Database, ids: PlantIds, prefix: TablePrefix = '') {
    this.ids = ids;
    // A span never ends before it starts, whatever the stamps say.
    this.insert = db.prepare(
      `INSERT INTO ${prefix}operating_state VALUES (?1, ?2, ?3, max(?4, coalesce(
         (SELECT time FROM operating_state WHERE asset = ?1 ORDER BY event DESC, "order" DESC LIMIT 1), ?4)), ?5, ?6)`,
    );
  }

  apply(event: SequencedEvent): void {
    if (event.type !== 'OperatingStateChanged') return;
    const { to, reason } = event.data;
    run(this.insert, [this.ids.assetOrNew(event.asset), event.n, event.order, event.time, to, reason]);
  }
}
