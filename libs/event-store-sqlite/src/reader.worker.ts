import { openDatabase, serveWorker } from '@millwright/sqlite';
import { LogReader } from './log-reader.js';
import type { LogPageRequest, ReaderData, StreamPageRequest } from './messages.js';
import { checkSchema } from './schema.js';

await serveWorker(({ path }: ReaderData) => {
  const db = openDatabase(path, { synchronous: 'FULL', readonly: true });
  checkSchema(db, path);
  const reader = new LogReader(db);
  return {
    head: () => reader.head(),
    positionAt: (time: number) => reader.positionAt(time),
    readStream: (request: StreamPageRequest) => reader.readStream(request),
    readAll: (request: LogPageRequest) => reader.readAll(request),
    close: () => db.close(),
  };
});
