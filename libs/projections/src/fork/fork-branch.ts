import type { AssetId, AssetModel } from '@millwright/events';
import type { Moment, ProjectedEvent } from '@millwright/read-model';
import type { Database, Statement } from '@millwright/sqlite';
import { PlantIds } from '../database/plant-ids.js';
import { run } from '../database/statements.js';
import { PlantReader } from '../plant-reader.js';
import { sequenced, type Projection, type SequencedEvent } from '../projection.js';
import { conclusionProjections } from '../projector.js';
import { forkDdl, forkDrop } from './fork-tables.js';

export interface BranchOptions {
  readonly from: Moment;
  readonly assets: readonly AssetId[];
  readonly models: readonly AssetModel[];
}

/** One fork: a connection of its own, the fork's tables in its memory, and nothing written to the file. */
export class ForkBranch {
  readonly reader: PlantReader;
  private readonly db: Database;
  private readonly ids: PlantIds;
  private readonly projections: readonly Projection[];
  private readonly rederive: Statement;
  private readonly remodel: Statement;
  private readonly rederived = new Set<AssetId>();
  private order = 0;

  /** Takes the connection over. */
  constructor(db: Database, { from, assets, models }: BranchOptions) {
    this.db = db;
    const place = new PlantReader(db).moment({ position: from.position })!.n;
    db.exec(forkDdl(place));
    this.ids = new PlantIds(db);
    this.reader = new PlantReader(db);
    this.projections = conclusionProjections(db, this.ids, 'fork_');
    this.rederive = db.prepare('INSERT INTO fork_rederived VALUES (?)');
    this.remodel = db.prepare('INSERT OR IGNORE INTO fork_remodelled VALUES (?)');
    db.exec('BEGIN');
    for (const asset of assets) this.rederiveFromHere(asset);
    for (const model of models) {
      this.apply({
        type: 'ModelApplied',
        data: { model, modelHash: '' },
        ...this.next(place),
        asset: model.asset,
        time: from.time,
      });
    }
    db.exec('COMMIT');
  }

  /** Conclusions of the fork, and models that changed within its span. */
  project(events: readonly ProjectedEvent[]): void {
    this.db.exec('BEGIN');
    try {
      for (const event of events) {
        const { n } = this.reader.moment({ position: event.position })!;
        const known = sequenced({ ...event, time: event.metadata.time }, n, this.next(n).order);
        if (known) this.apply(known);
      }
      this.db.exec('COMMIT');
    } catch (error) {
      this.db.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    // The connection lives on until its statements are collected as garbage; what it holds in memory need not.
    this.db.exec(forkDrop);
    this.db.close();
  }

  private next(n: number): { readonly n: number; readonly order: number } {
    return { n, order: ++this.order };
  }

  private apply(event: SequencedEvent): void {
    if (event.type === 'ModelApplied') run(this.remodel, [this.id(event.asset)]);
    else this.rederiveFromHere(event.asset);
    for (const projection of this.projections) projection.apply(event);
  }

  /** From the fork point on, the asset's live conclusions are not the fork's: also for one that the plant got later. */
  private rederiveFromHere(asset: AssetId): void {
    if (this.rederived.has(asset)) return;
    run(this.rederive, [this.id(asset)]);
    this.rederived.add(asset);
  }

  private id(asset: AssetId): number {
    const id = this.ids.asset(asset);
    if (id === undefined) throw new Error(`a fork derives assets that the log has named; "${asset}" is none of them`);
    return id;
  }
}
