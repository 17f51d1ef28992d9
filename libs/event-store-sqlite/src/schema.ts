import type { Database } from '@millwright/sqlite';

/** Written into every file, so that another program's database is not taken for a log: "MWLG". */
const APPLICATION_ID = 0x4d574c47;
export const SCHEMA_VERSION = 2;

/** Pages of 8 KiB: an event of 1 to 4 KB wastes half of a smaller one, and small events cost the same. Free pages can be given back. */
export const NEW_FILE = { pageSize: 8_192, incrementalVacuum: true } as const;

/**
 * `events` is the log. Data and metadata are text where they are JSON, and blobs otherwise; `log` is a view with the names of streams and
 * types and with ids as they are usually written, so that any SQLite tool reads it.
 *
 * - `position` is the rowid: appends go to the right edge of the table, and a read in log order is a scan.
 * - `chain` is set in the last event of each commit (see digest.ts). It stands before the payload, where it is found without reading that.
 * - `events_by_revision` reads one stream, and keeps two writers from one revision.
 * - `events_by_id` finds a repeated append. The stream comes first: ids at random, as many clients make them, then touch few pages of it
 *   each time instead of one each (half the time of a batch), and ids that begin with the time cost a twentieth more.
 * - `events_for_filters` is the log without its payload, some 16 bytes an event: a filter that wants few events reads it instead of the table.
 *
 * `streams` has what a stream's metadata says of its retention. `removed_to` is the last revision that a scavenge has removed, -1 for
 * none: the events of a stream are those from `removed_to` + 1 on, without a gap. A stream's row stays when its events go.
 *
 * `scavenged` has the commits that a scavenge has removed events from, by the position of their last one: their chain, their digest as
 * it was, and one over the `rest`. For commits of which nothing is left, one after the other, only the last chain is kept. `removed`
 * has how many events have been removed since a scavenge was told of as completed, and the last position that ever was.
 *
 * `writer` says who opened the log last for writing. It is information for people; the lock is elsewhere (writer-lock.ts).
 */
export const TABLES = `
  CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    removed_to INTEGER NOT NULL DEFAULT -1,
    max_age_seconds INTEGER,
    max_count INTEGER,
    truncate_before INTEGER,
    tombstoned INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE types (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL REFERENCES streams(id),
    revision INTEGER NOT NULL,
    id BLOB NOT NULL,
    type INTEGER NOT NULL REFERENCES types(id),
    recorded_at INTEGER NOT NULL,
    chain BLOB,
    metadata ANY NOT NULL,
    data ANY NOT NULL
  ) STRICT;
  CREATE TABLE scavenged (last INTEGER PRIMARY KEY, chain BLOB NOT NULL, digest BLOB, rest BLOB) STRICT;
  CREATE TABLE removed (one INTEGER PRIMARY KEY CHECK (one = 1), events INTEGER NOT NULL, up_to INTEGER NOT NULL) STRICT;
  CREATE TABLE writer (one INTEGER PRIMARY KEY CHECK (one = 1), pid INTEGER NOT NULL, host TEXT NOT NULL, since TEXT NOT NULL) STRICT;
`;

export const INDEXES = `
  CREATE UNIQUE INDEX events_by_revision ON events(stream, revision);
  CREATE UNIQUE INDEX events_by_id ON events(stream, id);
  CREATE INDEX events_for_filters ON events(position, stream, type);
  CREATE VIEW log AS
    SELECT position, streams.name AS stream, revision,
      lower(substr(hex(events.id), 1, 8) || '-' || substr(hex(events.id), 9, 4) || '-' || substr(hex(events.id), 13, 4) || '-' ||
        substr(hex(events.id), 17, 4) || '-' || substr(hex(events.id), 21)) AS id,
      types.name AS type, recorded_at, metadata, data
    FROM events CROSS JOIN streams ON streams.id = events.stream CROSS JOIN types ON types.id = events.type;
`;

export const MARK = `
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** Creates the tables in an empty file. Throws when the file is another program's, or of another version: then see {@link schemaVersion}. */
export const prepareSchema = (db: Database, path: string): void => {
  if (isEmpty(db)) db.exec(`BEGIN IMMEDIATE; ${TABLES} ${INDEXES} ${MARK} COMMIT`);
  checkSchema(db, path);
};

/** Throws unless the file is a log of this version. */
export const checkSchema = (db: Database, path: string): void => {
  const version = schemaVersion(db, path);
  if (version === SCHEMA_VERSION) return;
  const advice =
    version < SCHEMA_VERSION ? 'open it for writing once, which brings it up to date' : 'use the version that wrote it';
  throw new Error(`${path} has schema version ${version}, this Millwright knows ${SCHEMA_VERSION}; ${advice}`);
};

/** Throws unless the file is a log, of whatever version. */
export const schemaVersion = (db: Database, path: string): number => {
  if (pragma(db, 'application_id') !== APPLICATION_ID) {
    const message = `${path} is not a log of Millwright but another SQLite database; give the path of a log, or of a new file`;
    throw Object.assign(new Error(message), { code: 'SQLITE_NOTADB' });
  }
  return Number(pragma(db, 'user_version'));
};

export const isEmpty = (db: Database): boolean => first(db, 'SELECT count(*) FROM sqlite_schema') === 0;

const pragma = (db: Database, name: string): unknown => first(db, `PRAGMA ${name}`);

const first = (db: Database, sql: string): unknown => (db.prepare(sql).raw().get() as unknown[])[0];
