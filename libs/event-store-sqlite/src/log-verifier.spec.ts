import { readFileSync, writeFileSync } from 'node:fs';
import { openDatabase, type Database } from '@millwright/sqlite';
import { beforeEach, describe, expect, test } from 'vitest';
import { append, groupAt, newRecord, newRecords, testLogs, type TestLog } from './log.fixture.js';
import { LogVerifier } from './log-verifier.js';
import type { VerifyState } from './messages.js';
import { RecordReader } from './read-records.js';
import { Statements } from './statements.js';

const open = testLogs();
let log: TestLog;
beforeEach(() => {
  log = open();
  const { writer } = log;
  writer.write(
    groupAt(1, append('s', newRecords(3, '{"value":1}')), append('t', newRecords(2, new Uint8Array([1, 2])))),
  );
  writer.write(groupAt(2, append('s', newRecords(1, '{"value":2}', 'Other'))));
  writer.write(groupAt(3, append('t', newRecords(4, '{"text":"ä"}')), append('s', newRecords(2))));
});

const verify = (db: Database = log.db, from?: number): VerifyState => {
  const verifier = new LogVerifier(db, from);
  while (!verifier.step().complete);
  return verifier.finish();
};

test('a log as it was written is right, also a part of it, and one without events', () => {
  const { events, commits, problem, head } = verify();
  expect({ events, commits, problem }).toEqual({ events: 12, commits: 3, problem: undefined });
  expect(head).toEqual({ position: 12, chain: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(verify(log.db, 6)).toMatchObject({ events: 7, commits: 2, problem: undefined, head });
  expect(verify(open().db)).toMatchObject({ events: 0, commits: 0, problem: undefined, head: undefined });
});

test('goes step by step through a log of many commits and large events', () => {
  const { writer } = log;
  for (let i = 0; i < 1_500; i++) writer.write(groupAt(3, append(`u-${i % 7}`, newRecords(4))));
  for (let i = 0; i < 5; i++) writer.write(groupAt(3, append('large', newRecords(1, 'x'.repeat(900_000)))));
  const verifier = new LogVerifier(log.db);
  const seen: number[] = [];
  for (let complete = false; !complete;) {
    const state = verifier.step();
    seen.push(state.events);
    complete = state.complete;
  }
  expect(seen.length).toBeGreaterThan(2);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(verifier.finish()).toMatchObject({ events: 6_017, commits: 1_508, problem: undefined });
});

describe('it finds', () => {
  test.each<[damage: string, sql: string, position: number, sentence: RegExp]>([
    [
      'a changed payload',
      `UPDATE events SET data = '{"value":3}' WHERE position = 6`,
      6,
      /the event at 6 has been changed/,
    ],
    [
      'metadata and data exchanged',
      'UPDATE events SET data = metadata, metadata = data WHERE position = 6',
      6,
      /changed/,
    ],
    ['a blob made text', 'UPDATE events SET data = CAST(data AS TEXT) WHERE position = 4', 1, /from 1 to 5/],
    ['another id', 'UPDATE events SET id = zeroblob(16) WHERE position = 6', 6, /changed/],
    ['another type', 'UPDATE events SET type = 1 WHERE position = 6', 6, /changed/],
    ['another time', 'UPDATE events SET recorded_at = 1 WHERE position = 6', 6, /changed/],
    ['a stream by another name', `UPDATE streams SET name = 'r' WHERE name = 's'`, 1, /changed/],
    ['a type by another name', `UPDATE types SET name = 'Otter' WHERE name = 'Other'`, 6, /changed/],
    ['an event that is gone', 'DELETE FROM events WHERE position = 2', 1, /changed, lost or added/],
    ['a commit that is gone', 'DELETE FROM events WHERE position = 6', 7, /changed, lost or added/],
    ['all but the last commit gone', 'DELETE FROM events WHERE position <= 6', 7, /changed, lost or added/],
    ['a cut end', 'DELETE FROM events WHERE position = 12', 7, /breaks off within a commit/],
    [
      'a commit forged behind it',
      `INSERT INTO events SELECT 13, stream, 6, zeroblob(16), type, 9, chain, metadata, data FROM events WHERE position = 12`,
      13,
      /the event at 13/,
    ],
    [
      'an event added behind it',
      `INSERT INTO events SELECT 13, stream, 6, zeroblob(16), type, 9, NULL, metadata, data FROM events WHERE position = 12`,
      13,
      /breaks off/,
    ],
    [
      'an event said to be scavenged',
      `UPDATE streams SET removed_to = 0 WHERE name = 's'`,
      1,
      /revision 0 stands where 1 is expected/,
    ],
    [
      'events exchanged',
      `UPDATE events SET position = CASE position WHEN -1 THEN 2 ELSE 1 END WHERE position IN (1, 2)`,
      1,
      /./,
    ],
  ])('%s', (damage, sql, position, sentence) => {
    if (damage === 'events exchanged') {
      log.db.exec(
        'UPDATE events SET position = -1 WHERE position = 1; UPDATE events SET position = 1 WHERE position = 2; UPDATE events SET position = 2 WHERE position = -1',
      );
    } else log.db.exec(sql);
    expect(verify().problem).toMatchObject({ position, sentence: expect.stringMatching(sentence) });
  });

  test('any flipped bit of the file, or nothing that is read has changed', () => {
    log.writer.write(
      groupAt(3, append('u', newRecords(30, 'y'.repeat(2_000))), append('v', [newRecord('x'.repeat(20_000))])),
    );
    log.db.pragma('wal_checkpoint(TRUNCATE)');
    const file = readFileSync(log.path);
    const readAll = (db: Database): unknown => new RecordReader(new Statements(db)).read(0, Number.MAX_SAFE_INTEGER);
    const before = readAll(log.db);
    let found = 0;
    // A step that is prime to the page size goes through all parts of pages.
    for (let at = 100; at < file.length; at += 1_237) {
      const copy = Buffer.from(file);
      copy[at]! ^= 1 << (at % 8);
      const path = `${log.path}-${at}`;
      writeFileSync(path, copy);
      let db: Database | undefined;
      try {
        db = openDatabase(path, { synchronous: 'FULL', readonly: true });
        if (verify(db).problem) found++;
        else expect(readAll(db)).toEqual(before);
      } catch (error) {
        // The very schema may be hit.
        expect(String(error)).toMatch(/malformed|schema/);
        found++;
      } finally {
        db?.close();
      }
    }
    expect(found).toBeGreaterThan(30);
  });
});
