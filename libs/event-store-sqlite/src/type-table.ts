import type { Database, Statement } from '@millwright/sqlite';

export interface TypeRow {
  readonly id: number;
  readonly name: string;
}

/** Types remembered at most; then they are read again. */
const MAX_TYPES = 10_000;

/** The types of a log's events, for its writer. */
export class TypeTable {
  private readonly select: Statement;
  private readonly insert: Statement;
  private readonly rows = new Map<string, TypeRow>();

  constructor(db: Database) {
    this.select = db.prepare('SELECT id FROM types WHERE name = ?').raw();
    this.insert = db.prepare('INSERT INTO types (name) VALUES (?)');
  }

  /** A type that is new is written. */
  get(name: string): TypeRow {
    let row = this.rows.get(name);
    if (!row) {
      const there = this.select.get([name]) as [number] | undefined;
      row = { id: there?.[0] ?? Number(this.insert.run([name]).lastInsertRowid), name };
      if (this.rows.size >= MAX_TYPES) this.rows.clear();
      this.rows.set(name, row);
    }
    return row;
  }

  forget(): void {
    this.rows.clear();
  }
}
