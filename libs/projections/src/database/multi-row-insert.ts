import type { Database, Statement } from '@millwright/sqlite';
import type { Param } from './statements.js';

/** Rows per statement, largest first: a call into SQLite costs more than a row. */
const CHUNKS = [32, 8, 1];

/** Inserts many rows, given one after the other in a flat array, with few statements. */
export class MultiRowInsert {
  private readonly columns: number;
  private readonly statements: readonly { readonly rows: number; readonly statement: Statement }[];

  /** `into` is `INSERT INTO t` or `REPLACE INTO t`. */
  constructor(db: Database, into: string, columns: number) {
    this.columns = columns;
    const values = `(${Array(columns).fill('?').join(',')})`;
    this.statements = CHUNKS.map((rows) => ({
      rows,
      statement: db.prepare(`${into} VALUES ${Array(rows).fill(values).join(',')}`),
    }));
  }

  run(params: readonly Param[]): void {
    let at = 0;
    for (const { rows, statement } of this.statements) {
      const size = rows * this.columns;
      for (; params.length - at >= size; at += size) statement.run(params.slice(at, at + size));
    }
  }
}
