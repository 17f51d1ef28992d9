import type { SignalId, StatusCode } from '@millwright/events';
import { splitSignalId } from '@millwright/events';
import type { SampleView } from '@millwright/read-model';
import type { Database, Statement } from '@millwright/sqlite';
import type { PlantIds } from '../database/plant-ids.js';
import { prepareRows, row, type Param } from '../database/statements.js';
import { HOUR, MINUTE } from './rollup-table.js';
import { readStatus, readValue, type StoredValue } from './sample-value.js';

const NEWEST_FIRST = 'ORDER BY time DESC, event DESC, n DESC LIMIT 1';

interface Found {
  readonly time: number;
  readonly event: number;
  readonly n: number;
  readonly value: StoredValue;
  readonly status: StatusCode | null;
  readonly serverTime: number | null;
  readonly eventTime: number;
  readonly position: bigint;
}

/** The sample of the latest source time; of equal ones, the later in the log. */
export class LatestQuery {
  private readonly ids: PlantIds;
  private readonly newest: Statement;
  private readonly hour: Statement;
  private readonly minute: Statement;
  private readonly inMinute: Statement;

  constructor(db: Database, ids: PlantIds) {
    this.ids = ids;
    const newestOf = (table: string, where: string): string =>
      `SELECT s.time, s.event, s.n, s.value, s.status, s.server_time, e.time, e.position
       FROM (SELECT * FROM ${table} WHERE ${where} ${NEWEST_FIRST}) s JOIN event e ON e.n = s.event`;
    const prepareSamples = (sql: string): Statement => db.prepare(sql).raw().safeIntegers();
    this.newest = prepareSamples(
      `${newestOf('sample_tail', 'signal = ?1 AND event <= ?2')} UNION ALL ${newestOf('sample_history', 'signal = ?1')}`,
    );
    this.hour = prepareRows(db, 'SELECT bucket FROM hour WHERE signal = ? AND first <= ? ORDER BY bucket DESC LIMIT 1');
    this.minute = prepareRows(
      db,
      `SELECT bucket FROM minute WHERE signal = ? AND bucket >= ? AND bucket < ? AND first <= ?
       ORDER BY bucket DESC LIMIT 1`,
    );
    this.inMinute = prepareSamples(
      newestOf('sample_history', 'signal = ?1 AND time >= ?2 AND time < ?3 AND event <= ?4'),
    );
  }

  latest(at: number, signals: readonly SignalId[]): (SampleView | undefined)[] {
    return signals.map((signal) => {
      const parts = splitSignalId(signal);
      const asset = parts && this.ids.asset(parts.asset);
      const id = asset === undefined ? undefined : this.ids.signal(asset, parts!.name);
      const found = id === undefined ? undefined : this.find(id, at);
      return found && viewOf(signal, found);
    });
  }

  private find(signal: number, at: number): Found | undefined {
    const found = samples(this.newest, [signal, at]);
    if (found.every(({ event }) => event <= at)) return found.sort(newestFirst)[0];
    // The history's newest sample came later than the moment, so the tail has nothing of it either.
    return this.findInHistory(signal, at);
  }

  /** The rollups know which events first wrote into a span, so that samples of later moments are not walked one by one. */
  private findInHistory(signal: number, at: number): Found | undefined {
    const hour = row<[number]>(this.hour, [signal, at])?.[0];
    if (hour === undefined) return undefined;
    const perHour = HOUR.widthMs / MINUTE.widthMs;
    const minute = row<[number]>(this.minute, [signal, hour * perHour, (hour + 1) * perHour, at])![0];
    return samples(this.inMinute, [signal, minute * MINUTE.widthMs, (minute + 1) * MINUTE.widthMs, at])[0];
  }
}

const samples = (statement: Statement, params: readonly Param[]): Found[] => {
  type SafeRow = [bigint, bigint, bigint, StoredValue, bigint | null, bigint | null, bigint, bigint];
  const found = statement.all(params as unknown as Param[]) as SafeRow[];
  return found.map(([time, event, n, value, status, serverTime, eventTime, position]) => ({
    time: Number(time),
    event: Number(event),
    n: Number(n),
    value,
    status: status === null ? null : Number(status),
    serverTime: serverTime === null ? null : Number(serverTime),
    eventTime: Number(eventTime),
    position,
  }));
};

const newestFirst = (a: Found, b: Found): number => b.time - a.time || b.event - a.event || b.n - a.n;

const viewOf = (signal: SignalId, { value, status, time, serverTime, eventTime, position }: Found): SampleView => ({
  signal,
  value: readValue(value),
  status: readStatus(status),
  time,
  ...(serverTime !== null && { serverTime }),
  eventTime,
  position,
});
