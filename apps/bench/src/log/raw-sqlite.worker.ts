import { openDatabase, serveWorker, type Database } from '@millwright/sqlite';
import type { Layout } from './log-layout.js';
import { fromRawColumns, type RawColumns } from './raw-rows.js';
import { RawSqliteReader, type RawPageRequest } from './raw-sqlite-reader.js';
import { RawSqliteWriter } from './raw-sqlite-writer.js';

/** The writer's or the reader's thread of raw SQLite. */
export interface RawWorkerData {
  readonly path: string;
  /** Of the writer; the reader has none. */
  readonly layout?: Layout;
}

await serveWorker(({ path, layout }: RawWorkerData) => {
  if (layout) {
    const writer = new RawSqliteWriter(path, layout);
    return {
      write: (columns: RawColumns) => writer.write(fromRawColumns(columns)),
      close: () => writer.close(),
    };
  }
  const reader = new RawSqliteReader(path);
  let keeper: Database | undefined;
  return {
    page: (request: RawPageRequest) => reader.page(request),
    /** Brings the WAL home beside the writer, as the log's reader does. */
    checkpoint: () => {
      keeper ??= openDatabase(path, { synchronous: 'FULL' });
      keeper.pragma('wal_checkpoint(PASSIVE)');
    },
    close: () => {
      keeper?.close();
      reader.close();
    },
  };
});
