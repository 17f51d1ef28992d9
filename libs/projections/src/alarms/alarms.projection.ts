import type { Database, Statement } from '@millwright/sqlite';
import type { PlantIds } from '../database/plant-ids.js';
import { prepareRows, row, run } from '../database/statements.js';
import type { Projection, SequencedEvent, TablePrefix } from '../projection.js';
import { nextVersion, type AlarmVersion } from './alarm-version.js';

/** Each alarm that was raised, and how it stood after each of its changes (JSON; there are few). */
export const ALARMS_DDL = `
  CREATE TABLE alarm(id INTEGER PRIMARY KEY, asset INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE(asset, name));
  CREATE TABLE alarm_version(
    alarm INTEGER NOT NULL, event INTEGER NOT NULL, "order" INTEGER NOT NULL, state TEXT NOT NULL, version TEXT NOT NULL,
    PRIMARY KEY (alarm, event, "order")) WITHOUT ROWID;
`;

export class AlarmsProjection implements Projection {
  private readonly ids: PlantIds;
  private readonly find: Statement;
  private readonly add: Statement;
  private readonly last: Statement;
  private readonly insert: Statement;

  constructor(db: Database, ids: PlantIds, prefix: TablePrefix = '') {
    this.ids = ids;
    this.find = prepareRows(db, 'SELECT id FROM alarm WHERE asset = ? AND name = ? ORDER BY id LIMIT 1');
    // A fork's ids lie below zero, since the live ones go on growing.
    const nextId = prefix === '' ? 'coalesce(max(id), 0) + 1' : 'coalesce(min(id), 0) - 1';
    this.add = db.prepare(`INSERT INTO ${prefix}alarm SELECT ${nextId}, ?, ? FROM ${prefix}alarm`);
    this.last = prepareRows(
      db,
      'SELECT version FROM alarm_version WHERE alarm = ? ORDER BY event DESC, "order" DESC LIMIT 1',
    );
    this.insert = db.prepare(`INSERT INTO ${prefix}alarm_version VALUES (?, ?, ?, ?, ?)`);
  }

  apply(event: SequencedEvent): void {
    if (event.type !== 'AlarmStateChanged') return;
    const asset = this.ids.assetOrNew(event.asset);
    const known = this.id(asset, event.data.alarm);
    const text = known === undefined ? undefined : row<[string]>(this.last, [known])?.[0];
    const before = text === undefined ? undefined : (JSON.parse(text) as AlarmVersion);
    const version = nextVersion(before, event.data, event.time);
    if (!version) return;
    const alarm = known ?? this.newId(asset, event.data.alarm);
    run(this.insert, [alarm, event.n, event.order, version.state, JSON.stringify(version)]);
  }

  private id(asset: number, name: string): number | undefined {
    return row<[number]>(this.find, [asset, name])?.[0];
  }

  private newId(asset: number, name: string): number {
    run(this.add, [asset, name]);
    return this.id(asset, name)!;
  }
}
