import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collect } from '@millwright/event-store/testing';
import { openDatabase } from '@millwright/sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteEventStoreReader, openSqliteLog } from './open.js';

/** The layout of version 1, as it was. */
const VERSION_1 = `
  CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL REFERENCES streams(id),
    revision INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX events_by_revision ON events(stream, revision);
  CREATE UNIQUE INDEX events_by_id ON events(stream, id);
  CREATE INDEX events_for_filters ON events(position, stream, type);
  CREATE TABLE writer (one INTEGER PRIMARY KEY CHECK (one = 1), pid INTEGER NOT NULL, host TEXT NOT NULL, since TEXT NOT NULL) STRICT;
  CREATE VIEW log AS
    SELECT position, name AS stream, revision, events.id, type, recorded_at, metadata, data
    FROM events JOIN streams ON streams.id = events.stream;
  PRAGMA application_id = ${0x4d574c47};
  PRAGMA user_version = 1;
`;

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millwright-migrate-'));
  path = join(dir, 'log.db');
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Runs SQL in a process of its own: libsql lets go of a file when the statements have been collected as garbage, or at the process's end. */
const execElsewhere = (sql: string): void => {
  const script = `
    import { readFileSync } from 'node:fs';
    import { openDatabase } from '${new URL('../../sqlite/dist/index.js', import.meta.url).href}';
    openDatabase(process.argv[1], { synchronous: 'FULL' }).exec(readFileSync(0, 'utf8'));`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script, path], {
    input: sql,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
};

/** A log of version 1 with events in three streams, and metadata of one. */
const writeVersion1 = (
  count: number,
): { id: string; stream: string; revision: bigint; type: string; data: string }[] => {
  const streams = ['a', 'ä🏭', 'b', '$$b'];
  const events = Array.from({ length: count }, (_, n) => ({
    id: randomUUID(),
    stream: streams[n % 3]!,
    revision: BigInt(Math.floor(n / 3)),
    type: `T${n % 5}`,
    data: `{"n":${n},"text":"${'ä'.repeat(n % 50)}"}`,
  }));
  const rows = events.map(({ id, revision, type, data }, n) => {
    const at = 1_000 + Math.floor(n / 10);
    return `(${n + 1}, ${(n % 3) + 1}, ${revision}, '${id}', '${type}', ${at}, '{"time":1}', '${data}')`;
  });
  rows.push(`(${count + 1}, 4, 0, '${randomUUID()}', '$metadata', 9000, '{"time":1}', '{"$maxCount":2}')`);
  execElsewhere(`BEGIN; ${VERSION_1}
    INSERT INTO streams VALUES ${streams.map((name, n) => `(${n + 1}, '${name}')`).join()};
    INSERT INTO events VALUES ${rows.join()};
    INSERT INTO writer VALUES (1, 1, 'host', '2026-01-01'); COMMIT`);
  return events;
};

test('a log of version 1 is laid out anew when it is opened: nothing is lost, and it is protected from then on', async () => {
  const events = writeVersion1(1_000);
  const reports: string[] = [];
  const options = { path, lockWaitMs: 0, report: (sentence: string) => void reports.push(sentence) };
  const log = await openSqliteLog(options);
  expect(reports[0]).toMatch(
    /log\.db has the layout of version 1; its 1001 events are laid out anew, which is done once/,
  );
  expect(reports.at(-1)).toMatch(/has the layout of version 2 now/);
  const all = await collect(log.records.readAll());
  expect(all).toHaveLength(1_001);
  const told = all
    .slice(0, 1_000)
    .map(({ id, stream, revision, type, data }) => ({ id, stream, revision, type, data }));
  expect(told).toEqual(events);
  expect(all.map(({ position }) => position)).toEqual(all.map((_, n) => BigInt(n + 1)));
  expect(all[999]).toMatchObject({ recordedAt: 1_099, metadata: '{"time":1}' });
  expect(await log.verify()).toMatchObject({ ok: true, events: 1_001 });
  const kept = await collect(log.records.readStream('b'));
  expect(kept.map(({ revision }) => revision)).toEqual([331n, 332n]);
  const next = { id: randomUUID(), type: 'T', data: '{}', metadata: '{}' };
  expect(await log.records.append('a', 333n, [next])).toEqual({ revision: 334n, position: 1_002n });
  const { id } = events[0]!;
  expect(await log.records.append('a', 'any', [{ ...next, id }])).toEqual({ revision: 0n, position: 1n });
  expect(await log.records.scavenge()).toMatchObject({ removedEvents: 331 });
  await log.close();

  reports.length = 0;
  const again = await openSqliteLog(options);
  expect(reports).toEqual([]);
  expect(await again.verify()).toMatchObject({ ok: true });
  await again.close();
  const db = openDatabase(path, { synchronous: 'FULL', readonly: true });
  const [tables, layout] = [
    db.prepare("SELECT count(*) FROM sqlite_schema WHERE name IN ('events_1', 'streams_1')").raw().get(),
    ['page_size', 'auto_vacuum'].map((name) => (db.prepare(`PRAGMA ${name}`).raw().get() as number[])[0]),
  ];
  expect([tables, layout]).toEqual([[0], [8_192, 2]]);
  db.close();
});

test('while another program reads it, its room is kept for a scavenge to give back', async () => {
  writeVersion1(3_000);
  const reader = openDatabase(path, { synchronous: 'FULL', readonly: true });
  const reports: string[] = [];
  const log = await openSqliteLog({ path, lockWaitMs: 0, report: (sentence) => void reports.push(sentence) });
  expect(reports.join('\n')).toMatch(/keeps the room of its old layout: .*locked.*; a scavenge will give it back/);
  reader.close();
  expect(await log.verify()).toMatchObject({ ok: true, events: 3_001 });
  const before = statSync(path).size + statSync(`${path}-wal`).size;
  expect((await log.records.scavenge()).freedBytes).toBeGreaterThan(0);
  expect(statSync(path).size).toBeLessThan(before);
  await log.close();
});

test('a reader of a log of version 1 is told what to do', async () => {
  writeVersion1(1);
  await expect(openSqliteEventStoreReader(path)).rejects.toThrow(
    /has schema version 1, this Millwright knows 2; open it for writing once, which brings it up to date/,
  );
});

test('a log of version 1 that cannot be laid out anew stays as it was', async () => {
  writeVersion1(10);
  execElsewhere(`UPDATE events SET id = 'no uuid' WHERE position = 5`);
  await expect(openSqliteLog({ path, lockWaitMs: 0 })).rejects.toThrow(/log\.db/);
  const after = openDatabase(path, { synchronous: 'FULL', readonly: true });
  expect(after.prepare('PRAGMA user_version').raw().get()).toEqual([1]);
  expect(after.prepare('SELECT count(*) FROM log').raw().get()).toEqual([11]);
  after.close();
});
