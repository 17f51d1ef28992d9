import type { AssetId } from '@millwright/events';
import type { PartCounts, TimeRange } from '@millwright/read-model';
import type { Database, Statement } from '@millwright/sqlite';
import type { PlantIds } from '../database/plant-ids.js';
import { prepareRows, row } from '../database/statements.js';

const COLUMNS = 'event, "order", good, scrap, cycle_ms, cycles';
type Totals = readonly [event: number, order: number, good: number, scrap: number, cycleMs: number, cycles: number];
const NOTHING: Totals = [0, 0, 0, 0, 0, 0];

export class PartCountsQuery {
  private readonly ids: PlantIds;
  private readonly lastAt: Statement;
  private readonly lastBefore: Statement;

  constructor(db: Database, ids: PlantIds) {
    this.ids = ids;
    const select = (rest: string): Statement => prepareRows(db, `SELECT ${COLUMNS} FROM part_count ${rest} LIMIT 1`);
    this.lastAt = select('WHERE asset = ? AND event <= ? ORDER BY event DESC, "order" DESC');
    this.lastBefore = select('WHERE asset = ? AND time < ? ORDER BY time DESC, event DESC, "order" DESC');
  }

  /** The mean weighs each completion by its parts, since its cycle time is that of each of them. */
  counts(at: number, assets: readonly AssetId[], range?: TimeRange): PartCounts[] {
    return assets.map((asset) => {
      const id = this.ids.asset(asset);
      const until = id === undefined ? NOTHING : this.totals(id, at, range?.to);
      const before = id === undefined || !range ? NOTHING : this.totals(id, at, range.from);
      const cycles = until[5] - before[5];
      return {
        asset,
        good: Math.max(0, until[2] - before[2]),
        scrap: Math.max(0, until[3] - before[3]),
        meanCycleTimeMs: cycles > 0 ? (until[4] - before[4]) / cycles : null,
      };
    });
  }

  /** Totals at the moment, of completions before the time. */
  private totals(asset: number, at: number, before: number | undefined): Totals {
    const atMoment = row<Totals>(this.lastAt, [asset, at]) ?? NOTHING;
    if (before === undefined) return atMoment;
    const byTime = row<Totals>(this.lastBefore, [asset, before]) ?? NOTHING;
    return isEarlier(byTime, atMoment) ? byTime : atMoment;
  }
}

const isEarlier = (a: Totals, b: Totals): boolean => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
