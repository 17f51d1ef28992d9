import type { StatusCode } from '@millwright/events';
import type { Database, Statement } from '@millwright/sqlite';
import { MultiRowInsert } from '../database/multi-row-insert.js';
import { prepareRows, row, type Param, type Row } from '../database/statements.js';
import { addSample, emptyCell, type Cell } from './cell.js';
import { CELL_COLUMNS, cellOf, cellParams, ROLLUP_COLUMN_COUNT, type RollupLevel } from './rollup-table.js';
import type { StoredValue } from './sample-value.js';

/** Cells kept in memory after they were written, since the next sample is likely to need them. */
const MAX_KEPT_CELLS = 20_000;

interface OpenCell {
  readonly signal: number;
  readonly bucket: number;
  readonly cell: Cell;
}

/** The writing side of one rollup: cells grow in memory, and are written when the samples they come from move into the history. */
export class Rollup {
  private readonly widthMs: number;
  private readonly find: Statement;
  private readonly replace: MultiRowInsert;
  private readonly cells = new Map<number, Map<number, OpenCell>>();
  private kept = 0;
  /** The cell that each signal's last sample fell into. */
  private readonly recent: (OpenCell | undefined)[] = [];
  private readonly changed = new Set<OpenCell>();

  constructor(db: Database, { table, widthMs }: RollupLevel) {
    this.widthMs = widthMs;
    this.find = prepareRows(db, `SELECT ${CELL_COLUMNS} FROM ${table} WHERE signal = ? AND bucket = ?`);
    this.replace = new MultiRowInsert(db, `REPLACE INTO ${table}`, ROLLUP_COLUMN_COUNT);
  }

  /** Samples come in the order of the log. */
  add(signal: number, event: number, time: number, value: StoredValue, status: StatusCode): void {
    const bucket = Math.floor(time / this.widthMs);
    let open = this.recent[signal];
    if (open?.bucket !== bucket) this.recent[signal] = open = this.open(signal, bucket, event);
    addSample(open.cell, event, time, value, status);
    this.changed.add(open);
  }

  write(): void {
    const changed = [...this.changed].sort((a, b) => a.signal - b.signal || a.bucket - b.bucket);
    const params: Param[] = [];
    for (const { signal, bucket, cell } of changed) params.push(signal, bucket, ...cellParams(cell));
    this.replace.run(params);
    this.changed.clear();
    if (this.kept > MAX_KEPT_CELLS) this.reset();
  }

  /** Back to what the table says. */
  reset(): void {
    this.cells.clear();
    this.kept = 0;
    this.recent.length = 0;
    this.changed.clear();
  }

  private open(signal: number, bucket: number, event: number): OpenCell {
    let ofSignal = this.cells.get(signal);
    if (!ofSignal) this.cells.set(signal, (ofSignal = new Map()));
    const known = ofSignal.get(bucket);
    if (known) return known;
    const found = row<Row>(this.find, [signal, bucket]);
    const open = { signal, bucket, cell: found ? cellOf(found, 0) : emptyCell(event) };
    ofSignal.set(bucket, open);
    this.kept++;
    return open;
  }
}
