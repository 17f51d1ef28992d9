import type { StatusCode } from '@millwright/events';
import type { TimeRange } from '@millwright/read-model';
import type { Database, Statement } from '@millwright/sqlite';
import { prepareRows, rows, type Row } from '../database/statements.js';
import { addSample, emptyCell, type Cell } from './cell.js';
import { CELL_COLUMNS, cellOf, HOUR, MINUTE, type RollupLevel } from './rollup-table.js';
import { readStatus, type StoredValue } from './sample-value.js';

/** Rows read at once. */
const PAGE = 1_000;

/** In the order of the log. */
type LoggedSample = [event: number, time: number, value: StoredValue, status: StatusCode | null];

export interface TimedCell {
  readonly time: number;
  readonly cell: Cell;
}

/** The cells of one signal as they were at a moment, oldest first. */
export class CellsQuery {
  private readonly samples: Statement;
  private readonly logged: Statement;
  private readonly tail: Statement;
  private readonly rollups: ReadonlyMap<RollupLevel, Statement>;

  constructor(db: Database) {
    const sample = (table: string): string =>
      `SELECT time, event, n, value, status FROM ${table}
       WHERE signal = ?1 AND time < ?2 AND event <= ?3 AND (time, event, n) > (?4, ?5, ?6)`;
    this.samples = prepareRows(
      db,
      `${sample('sample_tail')} UNION ALL ${sample('sample_history')} ORDER BY time, event, n LIMIT ${PAGE}`,
    );
    const logged = (table: string): Statement =>
      prepareRows(
        db,
        `SELECT event, time, value, status FROM ${table}
         WHERE signal = ? AND time >= ? AND time < ? AND event <= ? ORDER BY event, n`,
      );
    this.logged = logged('sample_history');
    this.tail = logged('sample_tail');
    const rollup = ({ table }: RollupLevel): Statement =>
      prepareRows(
        db,
        `SELECT bucket, ${CELL_COLUMNS} FROM ${table}
         WHERE signal = ? AND bucket >= ? AND bucket < ? AND first <= ? ORDER BY bucket LIMIT ${PAGE}`,
      );
    this.rollups = new Map([MINUTE, HOUR].map((level) => [level, rollup(level)]));
  }

  /** One cell per sample, by source time, then place in the log. */
  *ofSamples(signal: number, { from, to }: TimeRange, at: number): Generator<TimedCell> {
    type SampleRow = [time: number, event: number, n: number, value: StoredValue, status: StatusCode | null];
    for (let after: [number, number, number] = [from, -1, -1]; ;) {
      const page = rows<SampleRow>(this.samples, [signal, to, at, ...after]);
      for (const [time, event, , value, status] of page) {
        const cell = emptyCell(event);
        addSample(cell, event, time, value, readStatus(status));
        yield { time, cell };
      }
      if (page.length < PAGE) return;
      const [time, event, n] = page.at(-1)!;
      after = [time, event, n];
    }
  }

  /** One cell per bucket of the level that has a sample; the range is made of whole buckets. */
  *ofLevel(signal: number, level: RollupLevel, range: TimeRange, at: number): Generator<TimedCell> {
    const tail = this.tailBuckets(signal, level, range, at);
    const inTail = [...tail.keys()].sort((a, b) => a - b);
    let next = 0;
    const timed = (bucket: number, cell: Cell | undefined): TimedCell => ({
      time: bucket * level.widthMs,
      cell: fold(cell, tail.get(bucket) ?? []),
    });
    for (const { bucket, cell } of this.rolledUp(signal, level, range, at)) {
      for (; next < inTail.length && inTail[next]! < bucket; next++) yield timed(inTail[next]!, undefined);
      if (inTail[next] === bucket) next++;
      yield timed(bucket, cell);
    }
    for (; next < inTail.length; next++) yield timed(inTail[next]!, undefined);
  }

  private *rolledUp(
    signal: number,
    level: RollupLevel,
    { from, to }: TimeRange,
    at: number,
  ): Generator<{ readonly bucket: number; readonly cell: Cell }> {
    const statement = this.rollups.get(level)!;
    for (let start = from / level.widthMs; ;) {
      const page = rows<Row>(statement, [signal, start, to / level.widthMs, at]);
      for (const found of page) {
        const bucket = found[0] as number;
        const cell = cellOf(found, 1);
        yield { bucket, cell: cell.event <= at ? cell : this.recomputed(signal, level, bucket, at) };
      }
      if (page.length < PAGE) return;
      start = (page.at(-1)![0] as number) + 1;
    }
  }

  /** A cell that later samples have touched since, as it was. */
  private recomputed(signal: number, { widthMs }: RollupLevel, bucket: number, at: number): Cell {
    const range = [bucket * widthMs, (bucket + 1) * widthMs];
    return fold(undefined, rows<LoggedSample>(this.logged, [signal, ...range, at]));
  }

  /** Samples that the rollups do not cover yet, per bucket. */
  private tailBuckets(
    signal: number,
    level: RollupLevel,
    { from, to }: TimeRange,
    at: number,
  ): Map<number, LoggedSample[]> {
    const buckets = new Map<number, LoggedSample[]>();
    for (const sample of rows<LoggedSample>(this.tail, [signal, from, to, at])) {
      const bucket = Math.floor(sample[1] / level.widthMs);
      const known = buckets.get(bucket);
      if (known) known.push(sample);
      else buckets.set(bucket, [sample]);
    }
    return buckets;
  }
}

const fold = (start: Cell | undefined, samples: readonly LoggedSample[]): Cell => {
  const cell = start ?? emptyCell(samples[0]![0]);
  for (const [event, time, value, status] of samples) addSample(cell, event, time, value, readStatus(status));
  return cell;
};
