import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase, openLockDatabase, sqliteCode } from './database.js';

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'millwright-sqlite-'))));
afterEach(() => rmSync(dir, { recursive: true }));

const codeOf = (action: () => unknown): string | undefined => {
  try {
    action();
  } catch (error) {
    return sqliteCode(error);
  }
  return expect.fail('expected an error');
};

test.each([
  ['FULL', 2],
  ['NORMAL', 1],
] as const)('a database is in WAL mode with synchronous %s', (synchronous, level) => {
  const db = openDatabase(join(dir, 'a.db'), { synchronous, busyTimeoutMs: 1_234 });
  const pragma = (name: string) => (db.prepare(`PRAGMA ${name}`).raw().get() as unknown[])[0];
  expect(pragma('journal_mode')).toBe('wal');
  expect(pragma('synchronous')).toBe(level);
  expect(pragma('busy_timeout')).toBe(1_234);
});

test('a new file is laid out as asked; one that is there keeps its own layout', () => {
  const layout = (name: string, pageSize: number, incrementalVacuum: boolean): unknown[] => {
    const newFile = { pageSize, incrementalVacuum };
    const db = openDatabase(join(dir, name), { synchronous: 'FULL', newFile });
    db.exec('CREATE TABLE IF NOT EXISTS t(a)');
    return ['page_size', 'auto_vacuum'].map((pragma) => (db.prepare(`PRAGMA ${pragma}`).raw().get() as unknown[])[0]);
  };
  expect(layout('a.db', 8_192, true)).toEqual([8_192, 2]);
  expect(layout('b.db', 4_096, false)).toEqual([4_096, 0]);
  expect(layout('a.db', 4_096, false)).toEqual([8_192, 2]);
});

test('a read-only connection sees what others write, and writes nothing', () => {
  const path = join(dir, 'a.db');
  const writer = openDatabase(path, { synchronous: 'FULL' });
  writer.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)');
  const reader = openDatabase(path, { synchronous: 'FULL', readonly: true });
  writer.exec('INSERT INTO t VALUES (2)');
  expect(reader.prepare('SELECT a FROM t').raw().all()).toEqual([[1], [2]]);
  expect(codeOf(() => reader.exec('INSERT INTO t VALUES (3)'))).toBe('SQLITE_READONLY');
});

test('read-only never creates a file', () => {
  const path = join(dir, 'absent.db');
  expect(codeOf(() => openDatabase(path, { synchronous: 'FULL', readonly: true }))).toBe('SQLITE_CANTOPEN');
});

test('a folder that is not there, and a file that is no database, are told by their codes', () => {
  expect(codeOf(() => openDatabase(join(dir, 'no', 'a.db'), { synchronous: 'FULL' }))).toBe('SQLITE_CANTOPEN');
  const path = join(dir, 'text.db');
  writeFileSync(path, 'not a database '.repeat(100));
  expect(codeOf(() => openDatabase(path, { synchronous: 'FULL' }))).toBe('SQLITE_NOTADB');
});

test('a lock database lets one in at a time and does not wait', () => {
  const path = join(dir, 'a.lock');
  const first = openLockDatabase(path);
  const second = openLockDatabase(path);
  first.exec('BEGIN IMMEDIATE');
  expect(codeOf(() => second.exec('BEGIN IMMEDIATE'))).toBe('SQLITE_BUSY');
  first.exec('ROLLBACK');
  second.exec('BEGIN IMMEDIATE');
});
