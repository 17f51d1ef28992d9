import { randomUUID } from 'node:crypto';
import { RESTORED_TYPE, RESTORES_STREAM } from '@millwright/event-store';
import { openDatabase, type Database } from '@millwright/sqlite';
import { commitBefore } from './commits.js';
import { toColumns } from './event-columns.js';
import { LogWriter } from './log-writer.js';
import { Statements } from './statements.js';

/** Where the clock says less than the log, which had a better one. */
const LEAST_SKIPPED = 1_000_000_000_000;

/**
 * Tells in a log that it was made of a backup. The log that was lost had given positions after those of the backup, nobody knows how many;
 * so that none is given twice, and a reader that goes on from one of them misses nothing, positions go on from the number of microseconds
 * that it is now: no log writes a million events a second for years. `now`: epoch milliseconds. Nobody else has the file open.
 */
export const markRestored = (path: string, now: number): void => {
  const db = openDatabase(path, { synchronous: 'FULL' });
  try {
    const after = skipPositions(db, now);
    const writer = new LogWriter(db);
    const data = JSON.stringify(after === 0 ? {} : { after: String(after) });
    writer.write({
      recordedAt: Math.max(now, writer.end().recordedAt),
      operations: [{ kind: 'append', stream: RESTORES_STREAM, expected: 'any', count: 1 }],
      ...toColumns([{ id: randomUUID(), type: RESTORED_TYPE, metadata: '{}', data }]),
    });
    // One file, without a WAL beside it.
    db.pragma('journal_mode = DELETE');
  } finally {
    db.close();
  }
};

/** As if so much had been written, and scavenged. Gives the last position before, 0 for none. */
const skipPositions = (db: Database, now: number): number => {
  const { last, chain } = commitBefore(new Statements(db), Number.MAX_SAFE_INTEGER);
  const to = Math.max(now * 1_000, last + LEAST_SKIPPED);
  db.prepare('INSERT INTO scavenged VALUES (?, ?, NULL, NULL)').run([to, chain]);
  return last;
};
