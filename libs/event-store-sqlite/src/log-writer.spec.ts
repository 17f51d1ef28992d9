import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, sqliteCode, type Database } from '@millwright/sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LogWriter } from './log-writer.js';
import type { AppendGroup, Expected, GroupedAppend } from './messages.js';
import { prepareSchema } from './schema.js';

let dir: string;
let db: Database;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millwright-writer-'));
  db = openDatabase(join(dir, 'log.db'), { synchronous: 'FULL' });
  prepareSchema(db, 'log.db');
});
afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true });
});

const append = (stream: string, ids: readonly string[], expected: Expected = 'any', data = '{}'): GroupedAppend => ({
  stream,
  expected,
  ids,
  types: ids.map(() => 'T'),
  data: ids.map(() => data),
  metadata: ids.map(() => '{"time":1}'),
});
const group = (...appends: GroupedAppend[]): AppendGroup => ({ recordedAt: 1, appends });
const uuids = (count: number): string[] => Array.from({ length: count }, () => randomUUID());
const log = (): unknown[] => db.prepare('SELECT position, stream, revision, id FROM log ORDER BY position').raw().all();

test('a group is one transaction, its positions without a gap, each stream’s revisions its own', () => {
  const [a, b, c, d] = uuids(4) as [string, string, string, string];
  const outcomes = new LogWriter(db).write(
    group(append('s', [a, b]), append('t', [c], 'no-stream'), append('s', [d], 1)),
  );
  expect(outcomes).toEqual([
    { kind: 'written', revision: 0, position: 1 },
    { kind: 'written', revision: 0, position: 3 },
    { kind: 'written', revision: 2, position: 4 },
  ]);
  expect(log()).toEqual([
    [1, 's', 0, a],
    [2, 's', 1, b],
    [3, 't', 0, c],
    [4, 's', 2, d],
  ]);
});

test('a refused append takes nothing from its neighbours, and creates no stream', () => {
  const [a, b, c] = uuids(3) as [string, string, string];
  const outcomes = new LogWriter(db).write(group(append('s', [a]), append('t', [b], 7), append('s', [c], 0)));
  expect(outcomes.map(({ kind }) => kind)).toEqual(['written', 'wrong-expected-revision', 'written']);
  expect(log()).toEqual([
    [1, 's', 0, a],
    [2, 's', 1, c],
  ]);
  expect(db.prepare('SELECT name FROM streams').raw().all()).toEqual([['s']]);
});

test('a repeat found by the index of ids: the group is undone and written again, as if it had been seen at once', () => {
  const [a, b, c, d] = uuids(4) as [string, string, string, string];
  const writer = new LogWriter(db);
  writer.write(group(append('s', [a, b])));
  const outcomes = writer.write(group(append('t', [c]), append('s', [a]), append('s', [b, d]), append('t', [c])));
  expect(outcomes).toEqual([
    { kind: 'written', revision: 0, position: 3 },
    { kind: 'repeated', revision: 0, position: 1 },
    { kind: 'written', revision: 2, position: 4, fresh: [1] },
    { kind: 'repeated', revision: 0, position: 3 },
  ]);
  expect(log()).toEqual([
    [1, 's', 0, a],
    [2, 's', 1, b],
    [3, 't', 0, c],
    [4, 's', 2, d],
  ]);
});

test('after a group that found no room nothing of it is there, and the next one goes on without a gap', () => {
  const writer = new LogWriter(db);
  const first = uuids(3);
  writer.write(group(append('s', first)));
  db.pragma('max_page_count = 30');
  const large = append('s', uuids(40), 'any', JSON.stringify({ text: 'x'.repeat(10_000) }));
  let code: string | undefined;
  try {
    writer.write(group(append('new', uuids(1)), large));
  } catch (error) {
    code = sqliteCode(error);
  }
  expect(code).toBe('SQLITE_FULL');
  const last = uuids(2);
  expect(writer.write(group(append('s', last, 2)))).toEqual([{ kind: 'written', revision: 3, position: 4 }]);
  expect(log()).toEqual([...first, ...last].map((id, n) => [n + 1, 's', n, id]));
});

test('a second writer on the same file would be found out, never mixed in', () => {
  const one = new LogWriter(db);
  const two = new LogWriter(db);
  one.write(group(append('s', uuids(1))));
  expect(() => two.write(group(append('s', uuids(1))))).toThrow(/UNIQUE constraint failed: events.position/);
  expect(log()).toHaveLength(1);
});
