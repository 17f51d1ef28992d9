import { openDatabase, serveWorker, type Database } from '@millwright/sqlite';
import { LogWriter } from './log-writer.js';
import type { AppendGroup, WriterData } from './messages.js';
import { prepareSchema } from './schema.js';
import { lockForWriting, signAsWriter } from './writer-lock.js';

/**
 * WAL pages (of 4 KiB) from which the writer checkpoints by itself. The reader's thread does most of that work earlier (log-session.ts);
 * only the writer can begin the WAL anew, and it finds little left to do.
 */
const CHECKPOINT_PAGES = 8_000;
/** Another program may hold the file for a while: appends wait, and their callers have deadlines of their own. */
const BUSY_TIMEOUT_MS = 30_000;

await serveWorker((data: WriterData) => {
  const lock = lockForWriting(data.path, data.lockWaitMs);
  try {
    const db = openLog(data);
    const writer = new LogWriter(db);
    return {
      end: () => writer.end(),
      append: (group: AppendGroup) => writer.write(group),
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

function openLog({ path, maxBytes }: WriterData): Database {
  const db = openDatabase(path, { synchronous: 'FULL', busyTimeoutMs: BUSY_TIMEOUT_MS });
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  prepareSchema(db, path);
  signAsWriter(db, new Date());
  if (maxBytes !== undefined) {
    const [pageSize] = db.prepare('PRAGMA page_size').raw().get() as [number];
    db.pragma(`max_page_count = ${Math.floor(maxBytes / pageSize)}`);
  }
  return db;
}
