import { openDatabase, serveWorker, sqliteCode, type Database } from '@millwright/sqlite';
import { naming } from './fault-cause.js';
import { LogScavenger } from './log-scavenger.js';
import { LogWriter } from './log-writer.js';
import type { WriterData } from './messages.js';
import { bringUpToDate } from './migrate.js';
import { packOutcomes, unpackGroup, type PackedGroup } from './packed-operations.js';
import { probeDisk } from './probe-disk.js';
import { NEW_FILE } from './schema.js';
import { lockForWriting, signAsWriter } from './writer-lock.js';

/**
 * WAL pages (of 8 KiB) from which the writer checkpoints by itself. The reader's thread does most of that work earlier (log-session.ts);
 * only the writer can begin the WAL anew, and it finds little left to do.
 */
const CHECKPOINT_PAGES = 4_000;
/** Another program may hold the file for a while: appends wait, and their callers have deadlines of their own. */
const BUSY_TIMEOUT_MS = 30_000;

await serveWorker((data: WriterData, emit) => {
  const lock = lockForWriting(data.path, data.lockWaitMs);
  try {
    const db = openLog(data, (sentence) => emit('report', sentence));
    const writer = new LogWriter(db);
    let scavenger: LogScavenger | undefined;
    return {
      end: () => writer.end(),
      write: (group: PackedGroup) => packOutcomes(naming(data.path, () => writer.write(unpackGroup(group)))),
      probe: () => naming(data.path, () => probeDisk(db, data.path)),
      /** Begins a scavenge; an earlier one that was not finished is given up. */
      scavenge: (now: number) => void (scavenger = new LogScavenger(db, data.path, now)),
      scavengeStep: () => naming(data.path, () => scavenger!.step((work) => writer.transact(work))),
      close: () => {
        db.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
});

function openLog({ path, maxBytes }: WriterData, report: (sentence: string) => void): Database {
  const db = openDatabase(path, { synchronous: 'FULL', busyTimeoutMs: BUSY_TIMEOUT_MS, newFile: NEW_FILE });
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  // A WAL that a reader (a backup) has made grow gives its room back.
  db.pragma(`journal_size_limit = ${CHECKPOINT_PAGES * NEW_FILE.pageSize}`);
  bringUpToDate(db, path, report);
  // Streams and types come from their tables: to look them up again for every event costs a tenth of its insert.
  db.pragma('foreign_keys = OFF');
  sign(db, path, report);
  if (maxBytes !== undefined) {
    const [pageSize] = db.prepare('PRAGMA page_size').raw().get() as [number];
    db.pragma(`max_page_count = ${Math.floor(maxBytes / pageSize)}`);
  }
  return db;
}

/** A full disk keeps nobody from reading, and the writer goes on when there is room. */
function sign(db: Database, path: string, report: (sentence: string) => void): void {
  try {
    signAsWriter(db, new Date());
  } catch (error) {
    if (sqliteCode(error) !== 'SQLITE_FULL') throw error;
    report(`the disk of the log ${path} is full: it can be read, and appends are refused until there is room`);
  }
}
