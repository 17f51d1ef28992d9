import type { AssetModel } from '@millwright/events';
import type { Database, Statement } from '@millwright/sqlite';
import type { PlantIds } from '../database/plant-ids.js';
import { run } from '../database/statements.js';
import type { Projection, SequencedEvent, TablePrefix } from '../projection.js';

/** Every version of every asset's model; a NULL model says that the asset was retired. */
export const ASSETS_DDL = `
  CREATE TABLE asset_model(
    asset INTEGER NOT NULL, event INTEGER NOT NULL, "order" INTEGER NOT NULL, since INTEGER NOT NULL, model TEXT,
    PRIMARY KEY (asset, event, "order")) WITHOUT ROWID;
  CREATE INDEX asset_model_event ON asset_model(event);
`;

export class AssetsProjection implements Projection {
  private readonly ids: PlantIds;
  private readonly prefix: TablePrefix;
  private readonly insert: Statement;

  constructor(db: Database, ids: PlantIds, prefix: TablePrefix = '') {
    this.ids = ids;
    this.prefix = prefix;
    this.insert = db.prepare(`INSERT INTO ${prefix}asset_model VALUES (?, ?, ?, ?, ?)`);
  }

  apply(event: SequencedEvent): void {
    if (event.type === 'ModelApplied') this.applied(event, event.data.model);
    else if (event.type === 'AssetRetired') this.write(event, null);
  }

  private applied(event: SequencedEvent, model: AssetModel): void {
    this.write(event, JSON.stringify(model));
    // A fork adds nothing to the live tables; its samples are theirs.
    if (this.prefix !== '') return;
    const asset = this.ids.assetOrNew(event.asset);
    // Signals of one asset get neighbouring ids, so that one batch of it touches few pages.
    for (const { name } of model.signals) this.ids.signalOrNew(asset, name);
  }

  private write(event: SequencedEvent, model: string | null): void {
    run(this.insert, [this.ids.assetOrNew(event.asset), event.n, event.order, event.time, model]);
  }
}
