import type { Statements } from './statements.js';

/** Names remembered at most; then they are read again. */
const MAX_NAMES = 100_000;

/** Names of streams or types by their ids, for readers. Names are read as bytes: libsql ends the process at text that is no UTF-8. */
export class NameTable {
  private readonly statements: Statements;
  private readonly table: 'streams' | 'types';
  private readonly names = new Map<number, string>();

  constructor(statements: Statements, table: 'streams' | 'types') {
    this.statements = statements;
    this.table = table;
  }

  /** Each name once, and for each of the ids the index of its name. */
  dictionary(ids: readonly number[]): { names: string[]; indexes: Int32Array } {
    const indexOf = new Map<number, number>();
    const indexes = new Int32Array(ids.length);
    for (let n = 0, last: number | undefined, index = 0; n < ids.length; n++) {
      const id = ids[n]!;
      if (id !== last) {
        index = indexOf.get(id) ?? indexOf.size;
        if (index === indexOf.size) indexOf.set(id, index);
        last = id;
      }
      indexes[n] = index;
    }
    return { names: this.namesOf([...indexOf.keys()]), indexes };
  }

  namesOf(ids: readonly number[]): string[] {
    const unknown = ids.filter((id) => !this.names.has(id));
    if (unknown.length > 0) {
      if (this.names.size + unknown.length > MAX_NAMES) this.names.clear();
      const asked = this.names.size === 0 ? ids : unknown;
      const sql = `SELECT id, CAST(name AS BLOB) FROM ${this.table} WHERE id IN (SELECT value FROM json_each(?))`;
      for (const [id, name] of this.statements.get(sql).all([JSON.stringify(asked)]) as [number, Buffer][]) {
        this.names.set(id, name.toString());
      }
    }
    return ids.map((id) => this.names.get(id) ?? `(name ${id} is missing)`);
  }
}
