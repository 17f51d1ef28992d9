import { METADATA_TYPE, metadataOwner, parseRetention } from '@millwright/event-store';
import type { Database } from '@millwright/sqlite';
import { chainOf, FIRST_CHAIN } from './digest.js';
import { digestOfColumns } from './page-columns.js';
import { RecordReader } from './read-records.js';
import {
  checkSchema,
  INDEXES,
  isEmpty,
  MARK,
  NEW_FILE,
  prepareSchema,
  SCHEMA_VERSION,
  schemaVersion,
  TABLES,
} from './schema.js';
import { Statements } from './statements.js';
import { StreamTable } from './stream-table.js';

/** Events between two reports. */
const EVENTS_PER_COPY = 25_600;
/** Events of one commit of the chain that is made for a log which had none. */
const EVENTS_PER_COMMIT = 256;

/** Creates the tables in a new file, and brings a file of version 1 to this one. Throws as {@link checkSchema}. */
export const bringUpToDate = (db: Database, path: string, report: (sentence: string) => void): void => {
  if (isEmpty(db)) return prepareSchema(db, path);
  if (schemaVersion(db, path) === 1) migrateFrom1(db, path, report);
  checkSchema(db, path);
};

const migrateFrom1 = (db: Database, path: string, report: (sentence: string) => void): void => {
  const [head] = db.prepare('SELECT coalesce(max(position), 0) FROM events').raw().get() as [number];
  report(`the log ${path} has the layout of version 1; its ${head} events are laid out anew, which is done once`);
  const progress = (done: string, position: number): void =>
    report(`the log ${path} is laid out anew: ${done} ${Math.min(position, head)} of ${head} events`);
  db.exec('BEGIN IMMEDIATE');
  try {
    copyEvents(db, head, (position) => progress('copied', position));
    chainAll(db, head, (position) => progress('chained', position));
    applyMetadata(db);
    db.exec('COMMIT');
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
  giveBack(db, path, report);
  report(`the log ${path} has the layout of version ${SCHEMA_VERSION} now`);
};

const copyEvents = (db: Database, head: number, progress: (position: number) => void): void => {
  db.exec(`
    DROP VIEW log;
    DROP INDEX events_by_revision; DROP INDEX events_by_id; DROP INDEX events_for_filters;
    ALTER TABLE events RENAME TO events_1; ALTER TABLE streams RENAME TO streams_1;
    DROP TABLE writer;
    ${TABLES}
    INSERT INTO streams (id, name) SELECT id, name FROM streams_1;
    INSERT INTO types (name) SELECT DISTINCT type FROM events_1 ORDER BY type;
  `);
  const copy = db.prepare(`
    INSERT INTO events
      SELECT position, stream, revision, unhex(replace(e.id, '-', '')), t.id, recorded_at, NULL, metadata, data
      FROM events_1 e CROSS JOIN types t ON t.name = e.type WHERE position > ? AND position <= ? ORDER BY position`);
  for (let after = 0; after < head; after += EVENTS_PER_COPY) {
    copy.run([after, after + EVENTS_PER_COPY]);
    progress(after + EVENTS_PER_COPY);
  }
  db.exec(`DROP TABLE events_1; DROP TABLE streams_1; ${INDEXES} ${MARK}`);
};

/** What was written without a chain is taken as it is, and protected from now on. */
const chainAll = (db: Database, head: number, progress: (position: number) => void): void => {
  const records = new RecordReader(new Statements(db));
  const setChain = db.prepare('UPDATE events SET chain = ? WHERE position = ?');
  let chain = FIRST_CHAIN;
  for (let after = 0; after < head; after += EVENTS_PER_COMMIT) {
    const commit = records.readColumns(after, after + EVENTS_PER_COMMIT);
    if (commit) {
      chain = chainOf(chain, digestOfColumns(commit));
      setChain.run([chain, commit.positions.at(-1)!]);
    }
    if (after % EVENTS_PER_COPY === 0) progress(after + EVENTS_PER_COMMIT);
  }
};

/** Version 1 kept metadata of streams as any other event, without heeding it. */
const applyMetadata = (db: Database): void => {
  const streams = new StreamTable(db);
  const sql = `SELECT CAST(s.name AS BLOB), CAST(e.data AS BLOB) FROM events e JOIN streams s ON s.id = e.stream JOIN types t ON t.id = e.type
    WHERE s.name GLOB '$$?*' AND t.name = '${METADATA_TYPE}' ORDER BY position`;
  for (const [name, data] of db.prepare(sql).raw().all() as [Buffer, Buffer][]) {
    const owner = metadataOwner(name.toString())!;
    streams.retain(streams.find(owner) ?? streams.create(owner), parseRetention(data.toString()));
  }
};

/** Lays the file's pages out as those of a new one. Another program that reads it may prevent that, and a scavenge does it later. */
const giveBack = (db: Database, path: string, report: (sentence: string) => void): void => {
  try {
    db.exec(
      `PRAGMA journal_mode = DELETE; PRAGMA page_size = ${NEW_FILE.pageSize}; PRAGMA auto_vacuum = INCREMENTAL; VACUUM`,
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    report(`the log ${path} keeps the room of its old layout: ${reason}; a scavenge will give it back`);
  } finally {
    db.exec('PRAGMA journal_mode = WAL');
  }
};
