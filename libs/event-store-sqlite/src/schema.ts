import type { Database } from '@millwright/sqlite';

/** Written into every file, so that another program's database is not taken for a log: "MWLG". */
const APPLICATION_ID = 0x4d574c47;
const SCHEMA_VERSION = 1;

/**
 * `events` is the log. Data and metadata are JSON text, and `log` is a view with the streams' names, so that any SQLite tool reads it.
 *
 * - `position` is the rowid: appends go to the right edge of the table, and a read in log order is a scan.
 * - `events_by_revision` reads one stream, and keeps two writers from one revision.
 * - `events_by_id` finds a repeated append; it is the only index whose inserts are not at the edge.
 * - `events_for_filters` is the log without its payload, some 30 bytes an event: a filter that wants few events reads it instead of the table.
 *
 * `writer` says who opened the log last for writing. It is information for people; the lock is elsewhere (writer-lock.ts).
 */
const SCHEMA = `
  CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL REFERENCES streams(id),
    revision INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX events_by_revision ON events(stream, revision);
  CREATE UNIQUE INDEX events_by_id ON events(stream, id);
  CREATE INDEX events_for_filters ON events(position, stream, type);
  CREATE TABLE writer (one INTEGER PRIMARY KEY CHECK (one = 1), pid INTEGER NOT NULL, host TEXT NOT NULL, since TEXT NOT NULL) STRICT;
  CREATE VIEW log AS
    SELECT position, name AS stream, revision, events.id, type, recorded_at, metadata, data
    FROM events JOIN streams ON streams.id = events.stream;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** Creates the tables in an empty file. Throws when the file is another program's, or a newer version's. */
export const prepareSchema = (db: Database, path: string): void => {
  if (isEmpty(db)) db.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`);
  checkSchema(db, path);
};

/** Throws unless the file is a log of this version. */
export const checkSchema = (db: Database, path: string): void => {
  if (pragma(db, 'application_id') !== APPLICATION_ID) {
    const message = `${path} is not a log of Millwright but another SQLite database; give the path of a log, or of a new file`;
    throw Object.assign(new Error(message), { code: 'SQLITE_NOTADB' });
  }
  const version = pragma(db, 'user_version');
  if (version !== SCHEMA_VERSION) {
    throw new Error(
      `${path} has schema version ${version}, this Millwright knows ${SCHEMA_VERSION}; use the version that wrote it`,
    );
  }
};

const isEmpty = (db: Database): boolean => first(db, 'SELECT count(*) FROM sqlite_schema') === 0;

const pragma = (db: Database, name: string): unknown => first(db, `PRAGMA ${name}`);

const first = (db: Database, sql: string): unknown => (db.prepare(sql).raw().get() as unknown[])[0];
