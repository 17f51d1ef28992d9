import { openDatabase, serveWorker } from '@millwright/sqlite';
import { LogWriter } from './log-writer.js';
import type { AppendGroup, WriterData } from './messages.js';
import { prepareSchema } from './schema.js';
import { lockForWriting, signAsWriter } from './writer-lock.js';

/** WAL pages (of 4 KiB) between checkpoints: fewer fsyncs of the table's file than the default of 1,000. */
const CHECKPOINT_PAGES = 4_000;

await serveWorker(({ path, lockWaitMs, maxBytes }: WriterData) => {
  const lock = lockForWriting(path, lockWaitMs);
  const db = openDatabase(path, { synchronous: 'FULL' });
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  prepareSchema(db, path);
  signAsWriter(db, new Date());
  if (maxBytes !== undefined) {
    const [pageSize] = db.prepare('PRAGMA page_size').raw().get() as [number];
    db.pragma(`max_page_count = ${Math.floor(maxBytes / pageSize)}`);
  }
  const writer = new LogWriter(db);
  return {
    end: () => writer.end(),
    append: (group: AppendGroup) => writer.write(group),
    close: () => {
      db.close();
      lock.release();
    },
  };
});
