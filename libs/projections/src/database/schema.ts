import { rm } from 'node:fs/promises';
import { openDatabase, sqliteCode, type Database } from '@millwright/sqlite';
import { ALARMS_DDL } from '../alarms/alarms.projection.js';
import { ASSETS_DDL } from '../assets/assets.projection.js';
import { LEDGER_DDL } from '../ledger/ledger-tables.js';
import { MOMENTS_DDL } from '../moments/moments.projection.js';
import { OPERATING_STATES_DDL } from '../operating-states/operating-states.projection.js';
import { PART_COUNTS_DDL } from '../part-counts/part-counts.projection.js';
import { SAMPLES_DDL } from '../samples/samples.projection.js';
import { PLANT_IDS_DDL } from './plant-ids.js';

/** Raise it with every change of a table, or of what a projection writes: older files are then built anew from the log. */
export const SCHEMA_VERSION = 1;

const DDL = [
  MOMENTS_DDL,
  PLANT_IDS_DDL,
  ASSETS_DDL,
  SAMPLES_DDL,
  OPERATING_STATES_DDL,
  PART_COUNTS_DDL,
  ALARMS_DDL,
  LEDGER_DDL,
].join('');

/** What a file may be whose content is of no use any more: the log has everything. */
const UNREADABLE: ReadonlySet<string> = new Set(['SQLITE_NOTADB', 'SQLITE_CORRUPT']);

export type OpenedForWriting =
  | { readonly db: Database; readonly unfit?: undefined }
  /** The file is of no use, for the reason given. It is left as it is: a connection that opened it may touch its files by name until the thread ends. */
  | { readonly db?: undefined; readonly unfit: string };

export const openForWriting = (path: string): OpenedForWriting => {
  try {
    const db = openDatabase(path, { synchronous: 'NORMAL' });
    db.pragma('cache_size = -32768');
    const version = userVersion(db);
    if (version === SCHEMA_VERSION) return { db };
    if (!isEmpty(db))
      return { unfit: `${path} has schema version ${version}, this program writes version ${SCHEMA_VERSION}` };
    db.exec(`BEGIN IMMEDIATE; ${DDL} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
    return { db };
  } catch (error) {
    if (!UNREADABLE.has(sqliteCode(error) ?? '')) throw error;
    return { unfit: `${path} cannot be read (${error instanceof Error ? error.message : String(error)})` };
  }
};

/** Takes the file away; no thread has it open. */
export const removeDatabase = async (path: string): Promise<void> => {
  for (const suffix of ['', '-wal', '-shm']) await rm(path + suffix, { force: true });
};

const userVersion = (db: Database): number => (db.prepare('PRAGMA user_version').raw().all([]) as [number][])[0]![0];

const isEmpty = (db: Database): boolean => db.prepare('SELECT 1 FROM sqlite_master LIMIT 1').raw().all([]).length === 0;
