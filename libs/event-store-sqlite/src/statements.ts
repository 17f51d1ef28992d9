import type { Database, Statement } from '@millwright/sqlite';

const MAX_STATEMENTS = 100;

/** Prepared statements by their SQL; rows come as arrays. */
export class Statements {
  private readonly db: Database;
  private readonly prepared = new Map<string, Statement>();

  constructor(db: Database) {
    this.db = db;
  }

  /** One that gives rows. */
  get(sql: string): Statement {
    return this.prepared.get(sql) ?? this.keep(sql, this.db.prepare(sql).raw());
  }

  /** One that gives none. */
  write(sql: string): Statement {
    return this.prepared.get(sql) ?? this.keep(sql, this.db.prepare(sql));
  }

  /** The one value of a row; undefined for NULL, and without a row. */
  value(sql: string, ...values: (string | number)[]): number | undefined {
    const row = this.get(sql).get(values) as [number | null] | undefined;
    return row?.[0] ?? undefined;
  }

  private keep(sql: string, statement: Statement): Statement {
    if (this.prepared.size >= MAX_STATEMENTS) this.prepared.clear();
    this.prepared.set(sql, statement);
    return statement;
  }
}
