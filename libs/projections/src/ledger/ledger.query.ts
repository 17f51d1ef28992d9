import type { AssetId } from '@millwright/events';
import type { LedgerView } from '@millwright/read-model';
import type { Database, Statement } from '@millwright/sqlite';
import { isUnder } from '../database/is-under.js';
import { prepareRows, rows } from '../database/statements.js';
import { LedgerTables } from './ledger-tables.js';

export class LedgerQuery {
  private readonly tables: LedgerTables;
  private readonly assets: Statement;

  constructor(db: Database) {
    this.tables = new LedgerTables(db);
    this.assets = prepareRows(db, 'SELECT id, path FROM asset ORDER BY path');
  }

  /** In the order of the assets' paths; within an asset in that of its signals' first batch. */
  ledger(at: number, under?: AssetId): LedgerView[] {
    return rows<[number, AssetId]>(this.assets, [])
      .filter(([, path]) => isUnder(path, under))
      .flatMap(([id, path]) => this.tables.at(id, at).ledger.views(path));
  }
}
