import { openDatabase, serveWorker } from '@millwright/sqlite';
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
  return {
    /** One read transaction: appends go on meanwhile, and are not in the copy. */
    copy: (to: string): Copied => {
      db.prepare('VACUUM INTO ?').run([to]);
      const copy = openDatabase(to, { synchronous: 'FULL', readonly: true });
      try {
        const [row] = copy.prepare('SELECT max(position), count(*) FROM events').raw().all() as [
          [number | null, number],
        ];
        return { position: row[0] ?? undefined, events: row[1] };
      } finally {
        copy.close();
      }
    },
    close: () => db.close(),
  };
});
