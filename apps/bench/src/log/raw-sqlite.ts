import { openDatabase, type Database, type Statement } from '@millwright/sqlite';

/** An event as raw SQLite gets it. */
export interface RawEvent {
  readonly stream: number;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly metadata: string;
  readonly data: string;
}

export type RawRow = [
  position: number,
  stream: number,
  revision: number,
  id: string,
  type: string,
  metadata: string,
  data: string,
];

/** `log`: the indexes that an event log needs; `minimal`: one, for reading a stream. */
export type RawTable = 'log' | 'minimal';

const TABLE = `
  CREATE TABLE events (
    position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, revision INTEGER NOT NULL, id BLOB NOT NULL, type TEXT NOT NULL,
    recorded_at INTEGER NOT NULL, metadata TEXT NOT NULL, data TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX by_revision ON events(stream, revision);
`;
const LOG_INDEXES = `
  CREATE UNIQUE INDEX by_id ON events(id, stream);
  CREATE INDEX for_filters ON events(position, stream, type);
`;
const ROWS_PER_INSERT = 16;
const CHECKPOINT_PAGES = 8_000;

/** Raw SQLite as well as one can: the log's pragmas, statements made once, sixteen rows an insert, one transaction a group. */
export class RawSqlite {
  private readonly db: Database;
  private readonly one: Statement;
  private readonly many: Statement;
  private readonly begin: Statement;
  private readonly commit: Statement;

  constructor(path: string, table: RawTable) {
    this.db = openDatabase(path, { synchronous: 'FULL', newFile: { pageSize: 8_192, incrementalVacuum: false } });
    this.db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    this.db.exec(table === 'log' ? TABLE + LOG_INDEXES : TABLE);
    const insert = (rows: number): Statement =>
      this.db.prepare(
        `INSERT INTO events (stream, revision, id, type, recorded_at, metadata, data) VALUES ${new Array(rows).fill('(?, ?, ?, ?, ?, ?, ?)').join(', ')}`,
      );
    this.one = insert(1);
    this.many = insert(ROWS_PER_INSERT);
    this.begin = this.db.prepare('BEGIN IMMEDIATE');
    this.commit = this.db.prepare('COMMIT');
  }

  /** Durable when it returns. */
  write(events: readonly RawEvent[]): void {
    const now = Date.now();
    const valuesOf = ({ stream, revision, id, type, metadata, data }: RawEvent): (string | number | Buffer)[] => [
      stream,
      revision,
      Buffer.from(id, 'hex'),
      type,
      now,
      metadata,
      data,
    ];
    this.begin.run();
    let i = 0;
    for (; i + ROWS_PER_INSERT <= events.length; i += ROWS_PER_INSERT) {
      this.many.run(events.slice(i, i + ROWS_PER_INSERT).flatMap(valuesOf));
    }
    for (; i < events.length; i++) this.one.run(valuesOf(events[i]!));
    this.commit.run();
  }

  readAll(after: number, limit: number): RawRow[] {
    return this.rows(
      'SELECT position, stream, revision, hex(id), type, metadata, data FROM events WHERE position > ? ORDER BY position LIMIT ?',
      [after, limit],
    );
  }

  readStream(stream: number, after: number, limit: number): RawRow[] {
    return this.rows(
      'SELECT position, stream, revision, hex(id), type, metadata, data FROM events WHERE stream = ? AND revision > ? ORDER BY revision LIMIT ?',
      [stream, after, limit],
    );
  }

  close(): { bytes: number; events: number } {
    this.db.pragma('wal_checkpoint(TRUNCATE)');
    const [pages] = this.db.prepare('PRAGMA page_count').raw().all()[0] as [number];
    const [size] = this.db.prepare('PRAGMA page_size').raw().all()[0] as [number];
    const [events] = this.db.prepare('SELECT count(*) FROM events').raw().all()[0] as [number];
    this.db.close();
    return { bytes: pages * size, events };
  }

  private readonly statements = new Map<string, Statement>();

  private rows(sql: string, values: number[]): RawRow[] {
    let statement = this.statements.get(sql);
    if (!statement) this.statements.set(sql, (statement = this.db.prepare(sql).raw()));
    return statement.all(values) as RawRow[];
  }
}
