import type { Database, Statement } from '@millwright/sqlite';
import { prepareRows, row, rows } from '../database/statements.js';
import { AssetLedger, type LedgerDelta } from './asset-ledger.js';

/**
 * What each batch added, and from time to time an asset's totals: the ledger of any moment is the totals before it and the few batches since.
 * Batches are often alike, so what they add is kept once.
 */
export const LEDGER_DDL = `
  CREATE TABLE ledger_delta(id INTEGER PRIMARY KEY, delta TEXT NOT NULL);
  CREATE TABLE ledger_batch(asset INTEGER NOT NULL, event INTEGER NOT NULL, delta INTEGER NOT NULL,
    PRIMARY KEY (asset, event)) WITHOUT ROWID;
  CREATE TABLE ledger_total(asset INTEGER NOT NULL, event INTEGER NOT NULL, totals TEXT NOT NULL,
    PRIMARY KEY (asset, event)) WITHOUT ROWID;
`;

export interface LedgerAt {
  readonly ledger: AssetLedger;
  /** Batches since the last totals. */
  batches: number;
}

export class LedgerTables {
  private readonly totalsAt: Statement;
  private readonly deltas: Statement;

  constructor(db: Database) {
    this.totalsAt = prepareRows(
      db,
      'SELECT event, totals FROM ledger_total WHERE asset = ? AND event <= ? ORDER BY event DESC LIMIT 1',
    );
    this.deltas = prepareRows(
      db,
      `SELECT d.delta FROM ledger_batch b JOIN ledger_delta d ON d.id = b.delta
       WHERE b.asset = ? AND b.event > ? AND b.event <= ? ORDER BY b.event`,
    );
  }

  at(asset: number, at: number): LedgerAt {
    const totals = row<[number, string]>(this.totalsAt, [asset, at]);
    const ledger = totals ? AssetLedger.fromJson(totals[1]) : new AssetLedger();
    const deltas = rows<[string]>(this.deltas, [asset, totals?.[0] ?? 0, at]);
    for (const [delta] of deltas) ledger.add(JSON.parse(delta) as LedgerDelta);
    return { ledger, batches: deltas.length };
  }
}
