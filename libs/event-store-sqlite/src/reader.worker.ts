import { openDatabase, serveWorker, type Database } from '@millwright/sqlite';
import { LogReader } from './log-reader.js';
import type { LogPageRequest, ReaderData, StreamPageRequest } from './messages.js';
import { checkSchema } from './schema.js';

await serveWorker(({ path }: ReaderData) => {
  let db: Database | undefined;
  let reader: LogReader | undefined;
  let keeper: Database | undefined;
  // The file is opened at the first call, so that this thread can start while the writer still prepares the file.
  const open = (): LogReader => {
    if (!reader) {
      db = openDatabase(path, { synchronous: 'FULL', readonly: true });
      checkSchema(db, path);
      reader = new LogReader(db);
    }
    return reader;
  };
  return {
    head: () => open().head(),
    positionAt: (time: number) => open().positionAt(time),
    readStream: (request: StreamPageRequest) => open().readStream(request),
    readAll: (request: LogPageRequest) => open().readAll(request),
    /** Brings the WAL home beside the writer, which goes on meanwhile. */
    checkpoint: () => {
      keeper ??= openDatabase(path, { synchronous: 'FULL' });
      keeper.pragma('wal_checkpoint(PASSIVE)');
    },
    close: () => {
      keeper?.close();
      db?.close();
    },
  };
});
