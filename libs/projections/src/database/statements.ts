import type { Database, Statement } from '@millwright/sqlite';

export type Param = number | bigint | string | null;
export type Row = readonly (number | string | null)[];

/** A prepared statement that gives rows as arrays. */
export const prepareRows = (db: Database, sql: string): Statement => db.prepare(sql).raw();

/** All rows. Reading to the end also ends the statement's read transaction, which libsql's `get` leaves open: it is not used here. */
export const rows = <R extends Row>(statement: Statement, params: readonly Param[]): R[] =>
  statement.all(params as unknown as Param[]) as R[];

/** The first row; for statements of at most one. */
export const row = <R extends Row>(statement: Statement, params: readonly Param[]): R | undefined =>
  (statement.all(params as unknown as Param[]) as R[])[0];

export const run = (statement: Statement, params: readonly Param[]): void => {
  statement.run(params as unknown as Param[]);
};
