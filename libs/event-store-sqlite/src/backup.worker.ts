import { openDatabase, serveWorker } from '@millwright/sqlite';
import { LogReader } from './log-reader.js';
import { markRestored } from './restore-mark.js';
import { checkSchema } from './schema.js';

/** What a copy of the log holds. */
export interface Copied {
  /** Its last position, undefined for an empty log. */
  readonly position: number | undefined;
  readonly events: number;
}

await serveWorker(({ path }: { readonly path: string }) => {
  const db = openDatabase(path, { synchronous: 'FULL', readonly: true });
  checkSchema(db, path);
  // It forbids writing the copy, too.
  db.pragma('query_only = OFF');
  const pragma = (name: string): number => (db.prepare(`PRAGMA ${name}`).raw().get() as [number])[0];
  return {
    /** What the copy takes at most. */
    bytes: () => (pragma('page_count') - pragma('freelist_count')) * pragma('page_size'),
    /** One read transaction: appends go on meanwhile, and are not in the copy. */
    copy: (to: string): Copied => {
      db.prepare('VACUUM INTO ?').run([to]);
      const copy = openDatabase(to, { synchronous: 'FULL', readonly: true });
      try {
        const [events] = copy.prepare('SELECT count(*) FROM events').raw().get() as [number];
        return { position: new LogReader(copy).head(), events };
      } finally {
        copy.close();
      }
    },
    markRestored: ({ path: restored, now }: { readonly path: string; readonly now: number }) =>
      markRestored(restored, now),
    close: () => db.close(),
  };
});
