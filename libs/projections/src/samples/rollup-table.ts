import type { StatusCode } from '@millwright/events';
import type { Param, Row } from '../database/statements.js';
import type { Cell } from './cell.js';
import { readStatus, storeStatus, type StoredValue } from './sample-value.js';

/** A table of cells of one width. `bucket` is source time / width, rounded down. */
export interface RollupLevel {
  readonly table: 'minute' | 'hour';
  readonly widthMs: number;
}

export const MINUTE: RollupLevel = { table: 'minute', widthMs: 60_000 };
export const HOUR: RollupLevel = { table: 'hour', widthMs: 3_600_000 };

export const CELL_COLUMNS = 'first, event, count, numbers, sum, min, max, last_time, last, status';

const cellTable = ({ table }: RollupLevel): string => `
  CREATE TABLE ${table}(
    signal INTEGER NOT NULL, bucket INTEGER NOT NULL, first INTEGER NOT NULL, event INTEGER NOT NULL,
    count INTEGER NOT NULL, numbers INTEGER NOT NULL, sum REAL NOT NULL, min REAL, max REAL,
    last_time INTEGER NOT NULL, last REAL NOT NULL, status INTEGER,
    PRIMARY KEY (signal, bucket)) WITHOUT ROWID;
`;
export const ROLLUP_DDL = cellTable(MINUTE) + cellTable(HOUR);
export const ROLLUP_COLUMN_COUNT = 12;

/** The cell of a row of {@link CELL_COLUMNS}, which begin at `offset`. */
export const cellOf = (row: Row, offset: number): Cell => {
  const [first, event, count, numbers, sum, min, max, lastTime] = row.slice(offset) as number[];
  return {
    first: first!,
    event: event!,
    count: count!,
    numbers: numbers!,
    sum: sum!,
    min: min ?? Infinity,
    max: max ?? -Infinity,
    lastTime: lastTime!,
    last: row[offset + 8] as StoredValue,
    status: readStatus(row[offset + 9] as StatusCode | null),
  };
};

export const cellParams = (cell: Cell): Param[] => [
  cell.first,
  cell.event,
  cell.count,
  cell.numbers,
  cell.sum,
  cell.numbers > 0 ? cell.min : null,
  cell.numbers > 0 ? cell.max : null,
  cell.lastTime,
  cell.last,
  storeStatus(cell.status),
];
