import type { SampleValue, SignalId, StatusCode } from '@millwright/events';
import { splitSignalId } from '@millwright/events';
import type { HistoryRequest, SignalHistory } from '@millwright/read-model';
import type { Database } from '@millwright/sqlite';
import type { PlantIds } from '../database/plant-ids.js';
import type { Cell } from './cell.js';
import { CellsQuery, type TimedCell } from './cells.query.js';
import { piecesOf } from './pieces.js';
import { readValue } from './sample-value.js';

export class HistoryQuery {
  private readonly ids: PlantIds;
  private readonly cells: CellsQuery;

  constructor(db: Database, ids: PlantIds) {
    this.ids = ids;
    this.cells = new CellsQuery(db);
  }

  /** Samples outside the range are in no bucket, also where the range begins or ends within one. */
  history(at: number, request: HistoryRequest): SignalHistory {
    const { bucketMs, limit } = request;
    const series = new Series(bucketMs, limit);
    for (const { time, cell } of this.cellsOf(at, request)) {
      if (!series.add(bucketMs === undefined ? time : Math.floor(time / bucketMs) * bucketMs, cell)) break;
    }
    return series.columns();
  }

  private *cellsOf(at: number, { signal, range, bucketMs }: HistoryRequest): Generator<TimedCell> {
    const id = this.id(signal);
    if (id === undefined) return;
    for (const piece of piecesOf(range, bucketMs)) {
      if (piece.level === 'samples') yield* this.cells.ofSamples(id, piece, at);
      else yield* this.cells.ofLevel(id, piece.level, piece, at);
    }
  }

  private id(signal: SignalId): number | undefined {
    const parts = splitSignalId(signal);
    const asset = parts && this.ids.asset(parts.asset);
    return asset === undefined ? undefined : this.ids.signal(asset, parts!.name);
  }
}

/** Puts cells that come in order of time together into the points of an answer. */
class Series {
  private readonly bucketMs: number | undefined;
  private readonly limit: number;
  private readonly time: number[] = [];
  private readonly avg: (number | null)[] = [];
  private readonly min: (number | null)[] = [];
  private readonly max: (number | null)[] = [];
  private readonly last: SampleValue[] = [];
  private readonly count: number[] = [];
  private readonly status: StatusCode[] = [];
  private open: { readonly time: number; readonly cell: Cell } | undefined;
  private truncated = false;

  constructor(bucketMs: number | undefined, limit: number) {
    this.bucketMs = bucketMs;
    this.limit = limit;
  }

  /** False when the answer is full and the cell had no place. */
  add(time: number, cell: Cell): boolean {
    if (this.open && this.bucketMs !== undefined && this.open.time === time) {
      merge(this.open.cell, cell);
      return true;
    }
    this.close();
    this.truncated = this.time.length >= this.limit;
    if (!this.truncated) this.open = { time, cell };
    return !this.truncated;
  }

  columns(): SignalHistory {
    this.close();
    const { bucketMs, time, avg, min, max, last, count, status, truncated } = this;
    return { ...(bucketMs !== undefined && { bucketMs }), time, avg, min, max, last, count, status, truncated };
  }

  private close(): void {
    if (!this.open) return;
    const { time, cell } = this.open;
    const known = cell.numbers > 0;
    this.time.push(time);
    this.avg.push(known ? cell.sum / cell.numbers : null);
    this.min.push(known ? cell.min : null);
    this.max.push(known ? cell.max : null);
    this.last.push(readValue(cell.last));
    this.count.push(cell.count);
    this.status.push(cell.status);
    this.open = undefined;
  }
}

/** `later` has only samples of later source times, or of equal ones later in the log. */
const merge = (into: Cell, later: Cell): void => {
  into.count += later.count;
  into.numbers += later.numbers;
  into.sum += later.sum;
  into.min = Math.min(into.min, later.min);
  into.max = Math.max(into.max, later.max);
  into.last = later.last;
  into.status = later.status;
};
