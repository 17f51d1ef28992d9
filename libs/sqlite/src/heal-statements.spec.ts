import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from './database.js';

let dir: string;
let db: Database;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millwright-sqlite-'));
  db = openDatabase(join(dir, 'a.db'), { synchronous: 'FULL' });
  db.exec(`CREATE TABLE t(a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES (1, 'one'), (2, '{"no": JSON')`);
});
afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true });
});

describe.each(['get', 'all', 'iterate'] as const)('a statement whose %s has failed', (how) => {
  test('answers the next question, in the same mode', () => {
    const lengths = db.prepare('SELECT a, iif(a = 1, 3, json(b)) FROM t WHERE a = ?').raw().safeIntegers();
    const ask = (a: number): unknown => {
      if (how === 'get') return lengths.get([a]);
      return [...(how === 'all' ? lengths.all([a]) : lengths.iterate([a]))][0];
    };
    expect(ask(1)).toEqual([1n, 3n]);
    for (let n = 0; n < 3; n++) {
      expect(() => ask(2)).toThrow(/malformed JSON/);
      expect(ask(1)).toEqual([1n, 3n]);
      expect(lengths.get([1])).toEqual([1n, 3n]);
    }
  });
});

test('one that has failed within a transaction does not keep it open', () => {
  const failing = db.prepare('SELECT json(b) FROM t WHERE a = 2').raw();
  db.exec('BEGIN; UPDATE t SET a = 3 WHERE a = 1');
  expect(() => failing.get()).toThrow(/malformed JSON/);
  db.exec('ROLLBACK');
  expect(db.prepare('SELECT a FROM t WHERE b = ?').raw().get(['one'])).toEqual([1]);
});

test('one that has written gives what it returns, once', () => {
  const insert = db.prepare('INSERT INTO t VALUES (?, ?) RETURNING a').raw();
  expect(() => insert.get([1, 'again'])).toThrow(/UNIQUE/);
  expect(insert.get([3, 'three'])).toEqual([3]);
  expect(() => insert.get([3, 'three'])).toThrow(/UNIQUE/);
  expect(db.prepare('SELECT count(*) FROM t').raw().get()).toEqual([3]);
});
