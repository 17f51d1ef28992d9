import { openDatabase, serveWorker } from '@millwright/sqlite';
import { RawSqlite, type RawEvent, type RawRow } from './raw-sqlite.js';

await serveWorker(({ path, role }: { readonly path: string; readonly role: string }) => {
  if (role === 'reader') {
    const db = openDatabase(path, { synchronous: 'FULL', readonly: true });
    const columns = 'position, stream, revision, hex(id), type, metadata, data';
    const all = db.prepare(`SELECT ${columns} FROM events WHERE position > ? ORDER BY position LIMIT ?`).raw();
    const stream = db
      .prepare(`SELECT ${columns} FROM events WHERE stream = ? AND revision > ? ORDER BY revision LIMIT ?`)
      .raw();
    return {
      readAll: ({ after, limit }: { after: number; limit: number }) => all.all([after, limit]) as RawRow[],
      readStream: (q: { stream: number; after: number; limit: number }) =>
        stream.all([q.stream, q.after, q.limit]) as RawRow[],
      close: () => db.close(),
    };
  }
  const raw = new RawSqlite(path, 'log');
  return {
    write: (events: readonly RawEvent[]) => raw.write(events),
    finish: () => raw.close(),
  };
});
