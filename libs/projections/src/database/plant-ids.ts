import type { AssetId } from '@millwright/events';
import type { Database, Statement } from '@millwright/sqlite';
import { prepareRows, row, run } from './statements.js';

export const PLANT_IDS_DDL = `
  CREATE TABLE asset(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);
  CREATE TABLE signal(id INTEGER PRIMARY KEY, asset INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE(asset, name));
`;

/**
 * Small integers for assets and signals, in the order in which the log first named them. An id never changes, so it may be remembered;
 * one that is unknown is asked for again.
 */
export class PlantIds {
  private readonly findAsset: Statement;
  private readonly addAsset: Statement;
  private readonly findSignal: Statement;
  private readonly addSignal: Statement;
  private readonly assets = new Map<AssetId, number>();
  private readonly signals = new Map<number, Map<string, number>>();

  constructor(db: Database) {
    this.findAsset = prepareRows(db, 'SELECT id FROM asset WHERE path = ?');
    this.addAsset = db.prepare('INSERT INTO asset(path) VALUES (?)');
    this.findSignal = prepareRows(db, 'SELECT id FROM signal WHERE asset = ? AND name = ?');
    this.addSignal = db.prepare('INSERT INTO signal(asset, name) VALUES (?, ?)');
  }

  /** The asset's id, undefined when the log has not named it. */
  asset(path: AssetId): number | undefined {
    const known = this.assets.get(path);
    if (known !== undefined) return known;
    const found = row<[number]>(this.findAsset, [path])?.[0];
    if (found !== undefined) this.assets.set(path, found);
    return found;
  }

  assetOrNew(path: AssetId): number {
    const known = this.asset(path);
    if (known !== undefined) return known;
    run(this.addAsset, [path]);
    return this.asset(path)!;
  }

  signal(asset: number, name: string): number | undefined {
    const known = this.signals.get(asset)?.get(name);
    if (known !== undefined) return known;
    const found = row<[number]>(this.findSignal, [asset, name])?.[0];
    if (found !== undefined) this.remember(asset, name, found);
    return found;
  }

  signalOrNew(asset: number, name: string): number {
    const known = this.signal(asset, name);
    if (known !== undefined) return known;
    run(this.addSignal, [asset, name]);
    return this.signal(asset, name)!;
  }

  /** Forgets what a rolled-back transaction may have added. */
  reset(): void {
    this.assets.clear();
    this.signals.clear();
  }

  private remember(asset: number, name: string, id: number): void {
    const names = this.signals.get(asset);
    if (names) names.set(name, id);
    else this.signals.set(asset, new Map([[name, id]]));
  }
}
