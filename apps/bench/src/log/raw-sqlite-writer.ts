import { openDatabase, type Database, type Statement } from '@millwright/sqlite';
import type { Layout } from './log-layout.js';
import type { RawRow } from './raw-rows.js';

/** What was found fastest: beyond, there is little to gain. */
const ROWS_PER_INSERT = 16;
/** As the embedded log has it. */
const CHECKPOINT_PAGES = 4_000;

/**
 * Raw SQLite as well as one can: the log's pragmas, each statement made once, sixteen rows an insert with what they share bound once, one
 * transaction a group. It checks nothing, and knows nothing of streams but a number.
 */
export class RawSqliteWriter {
  private readonly db: Database;
  private readonly one: Statement;
  private readonly many: Statement;
  private readonly begin: Statement;
  private readonly commit: Statement;
  private readonly typeOf: (name: string) => string | number;
  private readonly ids = Buffer.alloc(16 * ROWS_PER_INSERT);
  private position = 0;

  constructor(path: string, { newFile, tables }: Layout) {
    this.db = openDatabase(path, { synchronous: 'FULL', newFile });
    this.db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    // On by default, and there is no other table here.
    this.db.pragma('foreign_keys = OFF');
    this.db.exec(tables);
    const columns = (this.db.prepare('SELECT name, type FROM pragma_table_info(?)').raw().all(['events']) as string[][])
      .filter(([name]) => name !== 'chain')
      .map(([name, type]) => ({ name: name!, type: type! }));
    this.typeOf =
      columns.find(({ name }) => name === 'type')?.type === 'TEXT'
        ? (name) => name
        : numbers(new Map<string, number>());
    const insert = (rows: number): Statement =>
      this.db.prepare(
        insertSql(
          columns.map(({ name }) => name),
          rows,
        ),
      );
    this.one = insert(1);
    this.many = insert(ROWS_PER_INSERT);
    this.begin = this.db.prepare('BEGIN IMMEDIATE');
    this.commit = this.db.prepare('COMMIT');
  }

  /** Durable when it returns. */
  write(rows: readonly RawRow[]): void {
    const now = Date.now();
    this.begin.run();
    let next = 0;
    while (next < rows.length) {
      const count = rows.length - next >= ROWS_PER_INSERT ? ROWS_PER_INSERT : 1;
      const values: (string | number | Buffer)[] = [this.position + 1, this.ids, now];
      for (let n = 0; n < count; n++) {
        const { stream, revision, id, type, metadata, data } = rows[next + n]!;
        this.ids.write(id, 16 * n, 'hex');
        values.push(stream, revision, this.typeOf(type), metadata, data);
      }
      (count === 1 ? this.one : this.many).run(values);
      this.position += count;
      next += count;
    }
    this.commit.run();
  }

  close(): void {
    // By exec, since statements that garbage holds keep the connection open, and the WAL with it.
    this.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.db.close();
  }
}

const numbers =
  (known: Map<string, number>) =>
  (name: string): number => {
    const number = known.get(name) ?? known.size + 1;
    known.set(name, number);
    return number;
  };

/** ?1 is the first row's position, ?2 the ids of all one after the other, ?3 the time; then five values a row. */
const insertSql = (columns: readonly string[], rows: number): string => {
  const row = (n: number): string => {
    const own = (place: number): string => `?${4 + 5 * n + place}`;
    const values: Record<string, string> = {
      position: `?1 + ${n}`,
      stream: own(0),
      revision: own(1),
      id: `substr(?2, ${16 * n + 1}, 16)`,
      type: own(2),
      recorded_at: '?3',
      metadata: own(3),
      data: own(4),
    };
    return `(${columns.map((column) => values[column]).join(', ')})`;
  };
  return `INSERT INTO events (${columns.join(', ')}) VALUES ${Array.from({ length: rows }, (_, n) => row(n)).join(', ')}`;
};
