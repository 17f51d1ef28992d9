import type { AssetModel } from '@millwright/events';
import type { AssetView } from '@millwright/read-model';
import type { Database, Statement } from '@millwright/sqlite';
import { prepareRows, row } from '../database/statements.js';
import { inPlantOrder } from './asset-order.js';

export class AssetsQuery {
  private readonly versionAt: Statement;
  private readonly modelsAt: Statement;

  constructor(db: Database) {
    this.versionAt = prepareRows(
      db,
      'SELECT event, "order" FROM asset_model WHERE event <= ? ORDER BY event DESC, "order" DESC LIMIT 1',
    );
    this.modelsAt = db
      .prepare(
        `SELECT m.model, m.since, e.position
         FROM asset a
         JOIN asset_model m ON m.asset = a.id AND (m.event, m."order") = (
           SELECT event, "order" FROM asset_model
           WHERE asset = a.id AND event <= ? ORDER BY event DESC, "order" DESC LIMIT 1)
         JOIN event e ON e.n = m.event
         WHERE m.model IS NOT NULL
         ORDER BY a.id`,
      )
      .raw()
      .safeIntegers();
  }

  /** Names the set of models in force: where it is the same, so are the assets. */
  version(at: number): string {
    const found = row<[number, number]>(this.versionAt, [at]);
    return found ? `${found[0]}.${found[1]}` : 'none';
  }

  assets(at: number): AssetView[] {
    const found = this.modelsAt.all([at]) as [string, bigint, bigint][];
    return inPlantOrder(
      found.map(([model, since, position]) => ({
        model: JSON.parse(model) as AssetModel,
        since: Number(since),
        position,
      })),
    );
  }
}
