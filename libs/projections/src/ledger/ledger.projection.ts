import type { AssetId } from '@millwright/events';
import type { Database, Statement } from '@millwright/sqlite';
import type { PlantIds } from '../database/plant-ids.js';
import { run } from '../database/statements.js';
import type { Projection, SequencedEvent } from '../projection.js';
import { AssetLedger, ledgerDelta } from './asset-ledger.js';
import { LedgerTables } from './ledger-tables.js';

/** An asset's totals are written after so many of its batches. */
const TOTALS_EVERY = 64;
/** Deltas remembered so that an equal one is not written again. */
const MAX_KNOWN_DELTAS = 4_096;

interface OpenLedger {
  readonly ledger: AssetLedger;
  batches: number;
}

export class LedgerProjection implements Projection {
  private readonly ids: PlantIds;
  private readonly tables: LedgerTables;
  private readonly insertDelta: Statement;
  private readonly insertBatch: Statement;
  private readonly insertTotals: Statement;
  private readonly open = new Map<AssetId, OpenLedger>();
  private readonly known = new Map<string, number>();

  constructor(db: Database, ids: PlantIds) {
    this.ids = ids;
    this.tables = new LedgerTables(db);
    this.insertDelta = db.prepare('INSERT INTO ledger_delta(delta) VALUES (?)');
    this.insertBatch = db.prepare('INSERT INTO ledger_batch VALUES (?, ?, ?)');
    this.insertTotals = db.prepare('INSERT INTO ledger_total VALUES (?, ?, ?)');
  }

  apply(event: SequencedEvent): void {
    if (event.type !== 'SamplesRecorded') return;
    const asset = this.ids.assetOrNew(event.asset);
    const open = this.openLedger(event.asset, asset);
    const delta = ledgerDelta(event.data);
    run(this.insertBatch, [asset, event.n, this.deltaId(JSON.stringify(delta))]);
    open.ledger.add(delta);
    if (++open.batches < TOTALS_EVERY) return;
    run(this.insertTotals, [asset, event.n, open.ledger.toJson()]);
    open.batches = 0;
  }

  reset(): void {
    this.open.clear();
    this.known.clear();
  }

  private openLedger(path: AssetId, asset: number): OpenLedger {
    let open = this.open.get(path);
    if (!open) this.open.set(path, (open = this.tables.at(asset, Number.MAX_SAFE_INTEGER)));
    return open;
  }

  private deltaId(text: string): number {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const id = Number(this.insertDelta.run([text]).lastInsertRowid);
    if (this.known.size >= MAX_KNOWN_DELTAS) this.known.clear();
    this.known.set(text, id);
    return id;
  }
}
