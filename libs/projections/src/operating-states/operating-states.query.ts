import type { Position } from '@millwright/event-store';
import type { AssetId, OperatingState } from '@millwright/events';
import type { StateSpan, StateView, TimeRange } from '@millwright/read-model';
import type { Database, Statement } from '@millwright/sqlite';
import type { PlantIds } from '../database/plant-ids.js';
import { prepareRows, row, type Param } from '../database/statements.js';

const COLUMNS = 's.event, s."order", s.time, s.state, s.reason, e.position';
const FROM = 'FROM operating_state s JOIN event e ON e.n = s.event';

interface Change {
  readonly event: number;
  readonly order: number;
  readonly time: number;
  readonly state: OperatingState;
  readonly reason: string;
  readonly position: Position;
}

export class OperatingStatesQuery {
  private readonly ids: PlantIds;
  private readonly lastAt: Statement;
  private readonly firstFrom: Statement;
  private readonly lastBefore: Statement;
  private readonly changesFrom: Statement;

  constructor(db: Database, ids: PlantIds) {
    this.ids = ids;
    const select = (rest: string): Statement => db.prepare(`SELECT ${COLUMNS} ${FROM} ${rest}`).raw().safeIntegers();
    this.lastAt = select('WHERE s.asset = ? AND s.event <= ? ORDER BY s.event DESC, s."order" DESC LIMIT 1');
    this.firstFrom = prepareRows(
      db,
      'SELECT event, "order" FROM operating_state WHERE asset = ? AND time >= ? ORDER BY time, event, "order" LIMIT 1',
    );
    this.lastBefore = select(
      'WHERE s.asset = ? AND (s.event, s."order") < (?, ?) ORDER BY s.event DESC, s."order" DESC LIMIT 1',
    );
    this.changesFrom = select(
      'WHERE s.asset = ? AND (s.event, s."order") >= (?, ?) AND s.event <= ? ORDER BY s.event, s."order" LIMIT ?',
    );
  }

  states(at: number, assets: readonly AssetId[]): (StateView | undefined)[] {
    return assets.map((asset) => {
      const id = this.ids.asset(asset);
      const change = id === undefined ? undefined : changes(this.lastAt, [id, at])[0];
      if (!change) return undefined;
      const { state, reason, time, position } = change;
      return { asset, state, reason, since: time, position };
    });
  }

  /** A span of no length is there when it begins within the range. */
  timeline(at: number, asset: AssetId, range: TimeRange, limit: number): StateSpan[] {
    const id = this.ids.asset(asset);
    if (id === undefined) return [];
    const touching = this.changes(id, at, range, limit);
    const spans = touching.map(({ state, reason, time, position }, i): StateSpan => {
      const end = touching[i + 1]?.time;
      return { asset, state, reason, start: time, ...(end !== undefined && { end }), position };
    });
    return spans.filter((span) => overlaps(span, range)).slice(0, limit);
  }

  /** The change in force when the range begins, and those after it: two more than the limit, one of which only ends the last span. */
  private changes(asset: number, at: number, { from }: TimeRange, limit: number): Change[] {
    const first = row<[number, number]>(this.firstFrom, [asset, from]);
    if (!first || first[0] > at) return changes(this.lastAt, [asset, at]);
    const [event, order] = first;
    return [
      ...changes(this.lastBefore, [asset, event, order]),
      ...changes(this.changesFrom, [asset, event, order, at, limit + 1]),
    ];
  }
}

const changes = (statement: Statement, params: readonly Param[]): Change[] => {
  const found = statement.all(params as unknown as Param[]) as [bigint, bigint, bigint, string, string, bigint][];
  return found.map(([event, order, time, state, reason, position]) => ({
    event: Number(event),
    order: Number(order),
    time: Number(time),
    state: state as OperatingState,
    reason,
    position,
  }));
};

const overlaps = ({ start, end }: StateSpan, range: TimeRange): boolean =>
  start < range.to && (end === undefined || end > range.from || start >= range.from);
