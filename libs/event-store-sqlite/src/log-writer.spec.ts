import { matcher, type LogRecord, type NewRecord } from '@millwright/event-store';
import { sqliteCode, type Database } from '@millwright/sqlite';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { append, given, group, groupAt, newRecord, newRecords, places, testLogs } from './log.fixture.js';
import { LogVerifier } from './log-verifier.js';
import { LogWriter } from './log-writer.js';
import { RecordReader } from './read-records.js';
import { Statements } from './statements.js';

const open = testLogs();
const log = (db: Database): LogRecord[] => new RecordReader(new Statements(db)).read(0, Number.MAX_SAFE_INTEGER);
const kinds = (outcomes: readonly { readonly kind: string }[]): string[] => outcomes.map(({ kind }) => kind);

test('a group is one transaction, its positions without a gap, each stream’s revisions its own', () => {
  const { db, writer } = open();
  const [a, b, c, d] = newRecords(4) as [NewRecord, NewRecord, NewRecord, NewRecord];
  const outcomes = writer.write(group(append('s', [a, b]), append('t', [c], 'no-stream'), append('s', [d], 1)));
  expect(outcomes).toEqual([
    { kind: 'written', revision: 0, position: 1 },
    { kind: 'written', revision: 0, position: 3 },
    { kind: 'written', revision: 2, position: 4 },
  ]);
  expect(places(log(db))).toEqual([
    [1, 's', 0, a.id],
    [2, 's', 1, b.id],
    [3, 't', 0, c.id],
    [4, 's', 2, d.id],
  ]);
});

test('a refused append takes nothing from its neighbours, and creates no stream', () => {
  const { db, writer } = open();
  const [a, b, c] = newRecords(3) as [NewRecord, NewRecord, NewRecord];
  const outcomes = writer.write(group(append('s', [a]), append('t', [b], 7), append('s', [c], 0)));
  expect(kinds(outcomes)).toEqual(['written', 'wrong-expected-revision', 'written']);
  expect(places(log(db))).toEqual([
    [1, 's', 0, a.id],
    [2, 's', 1, c.id],
  ]);
  expect(db.prepare('SELECT name FROM streams').raw().all()).toEqual([['s']]);
});

test('a repeat found by the index of ids: the group is undone and written again, as if it had been seen at once', () => {
  const { db, writer } = open();
  const [a, b, c, d] = newRecords(4) as [NewRecord, NewRecord, NewRecord, NewRecord];
  writer.write(group(append('s', [a, b])));
  const outcomes = writer.write(group(append('t', [c]), append('s', [a]), append('s', [b, d]), append('t', [c])));
  expect(outcomes).toEqual([
    { kind: 'written', revision: 0, position: 3 },
    { kind: 'repeated', revision: 0, position: 1 },
    { kind: 'written', revision: 2, position: 4, fresh: [1] },
    { kind: 'repeated', revision: 0, position: 3 },
  ]);
  expect(places(log(db))).toEqual([
    [1, 's', 0, a.id],
    [2, 's', 1, b.id],
    [3, 't', 0, c.id],
    [4, 's', 2, d.id],
  ]);
});

test('payloads come back to the byte: texts of all kinds, blobs, and nothing', () => {
  const { db, writer } = open();
  const payloads = [
    '{"a":1}',
    '',
    'ä€🏭',
    '{"text":"\\u0000"}',
    new Uint8Array(),
    new Uint8Array([0, 255, 254, 0, 65]),
  ];
  const records = payloads.flatMap((data) => payloads.map((metadata) => newRecord(data, 'Typ ä', metadata)));
  writer.write(group(append('s', records)));
  expect(log(db).map(({ data, metadata, type }) => ({ data, metadata, type }))).toEqual(
    records.map(({ data, metadata, type }) => ({ data, metadata, type })),
  );
  const types = db.prepare('SELECT DISTINCT typeof(data) FROM events ORDER BY 1').raw().all();
  expect(types).toEqual([['blob'], ['text']]);
});

test('whatever is appended comes back to the byte, in whatever mixture of streams, types, texts and blobs', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme-composite', maxLength: 20 }).map((each) => each.replaceAll('\0', '')),
    // About the longest metadata that SQLite takes apart by itself, in bytes of one and of two.
    fc.integer({ min: 1_020, max: 1_026 }).map((length) => 'm'.repeat(length)),
    fc.integer({ min: 510, max: 514 }).map((length) => 'ä'.repeat(length)),
  );
  const payload = fc.oneof({ weight: 6, arbitrary: text }, fc.uint8Array({ maxLength: 20 }));
  const events = fc.record({
    stream: fc.constantFrom('s', 't'),
    type: fc.constantFrom('T', 'U'),
    payloads: fc.array(fc.tuple(payload, payload), { minLength: 1, maxLength: 9 }),
  });
  fc.assert(
    fc.property(
      fc.array(fc.array(events, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
      (groups) => {
        const { db, writer } = open();
        const expected = groups.flatMap((appends) => {
          const operations = appends.map(({ stream, type, payloads }) =>
            append(
              stream,
              payloads.map(([data, metadata]) => newRecord(data, type, metadata)),
            ),
          );
          writer.write(group(...operations));
          return operations.flatMap(({ operation, records }) =>
            records.map((record) => ({ ...record, stream: operation.stream })),
          );
        });
        const read = log(db).map(({ id, type, data, metadata, stream }) => ({ id, type, data, metadata, stream }));
        expect(read).toEqual(expected);
        const verifier = new LogVerifier(db);
        while (!verifier.step().complete);
        expect(verifier.finish()).toMatchObject({
          problem: undefined,
          events: expected.length,
          commits: groups.length,
        });
      },
    ),
    { numRuns: 60 },
  );
});

test('events that are all empty: one, a few, many', () => {
  const { db, writer } = open();
  for (const count of [1, 3, 20])
    writer.write(
      group(
        append(
          's',
          Array.from({ length: count }, () => newRecord('', 'T', '')),
        ),
      ),
    );
  expect(log(db).every(({ data, metadata }) => data === '' && metadata === '')).toBe(true);
  expect(log(db)).toHaveLength(24);
});

test('an append as large as may be: more than one INSERT takes apart', () => {
  const { db, writer } = open();
  const appends = Array.from({ length: 5 }, (_, n) => newRecords(10, `${n}${'x'.repeat(99_999)}`));
  writer.write(group(...appends.map((records) => append('s', records))));
  expect(log(db).map(({ data }) => data)).toEqual(appends.flat().map(({ data }) => data));
});

test('after a group that found no room nothing of it is there, and the next one goes on without a gap', () => {
  const { db, writer } = open();
  const first = newRecords(3);
  writer.write(group(append('s', first)));
  db.pragma('max_page_count = 30');
  const large = append('s', newRecords(40, JSON.stringify({ text: 'x'.repeat(10_000) }), 'Large'));
  let code: string | undefined;
  try {
    writer.write(group(append('new', newRecords(1)), large));
  } catch (error) {
    code = sqliteCode(error);
  }
  expect(code).toBe('SQLITE_FULL');
  const last = newRecords(2, '{}', 'Large');
  expect(writer.write(group(append('s', last, 2)))).toEqual([{ kind: 'written', revision: 3, position: 4 }]);
  expect(places(log(db))).toEqual([...first, ...last].map(({ id }, n) => [n + 1, 's', n, id]));
  expect(log(db).filter(matcher({ types: ['Large'] }))).toHaveLength(2);
});

test('a second writer on the same file would be found out, never mixed in', () => {
  const { db, writer: one } = open();
  const two = new LogWriter(db);
  one.write(group(append('s', newRecords(1))));
  expect(() => two.write(group(append('s', newRecords(1))))).toThrow(/UNIQUE constraint failed: events.position/);
  expect(log(db)).toHaveLength(1);
});

test('a log whose last event has no chain has been changed by another program, and is not written on', () => {
  const { db, writer } = open();
  writer.write(group(append('s', newRecords(3))));
  db.exec('DELETE FROM events WHERE position = 3');
  expect(() => new LogWriter(db)).toThrow(/breaks off within a commit, at position 2/);
});

test('metadata of a stream holds from the same transaction on, also for a stream that is yet to come', () => {
  const { db, writer } = open();
  const metadata = newRecord('{"$maxCount":2,"$maxAge":60,"$tb":1}', '$metadata');
  writer.write(group(append('$$s', [metadata]), append('s', newRecords(1))));
  const select = 'SELECT max_age_seconds, max_count, truncate_before FROM streams WHERE name = ?';
  expect(db.prepare(select).raw().get(['s'])).toEqual([60, 2, 1]);
  expect(db.prepare(select).raw().get(['$$s'])).toEqual([null, null, null]);
});

test('a deleted stream begins again within one group, and tells both in its metadata', () => {
  const { db, writer } = open();
  writer.write(groupAt(5, append('s', newRecords(2))));
  const outcomes = writer.write(
    group(
      given('delete', 's', 1),
      append('s', newRecords(2), 'no-stream'),
      given('delete', 's', 7),
      append('t', newRecords(1)),
    ),
  );
  expect(outcomes).toMatchObject([
    { kind: 'done', own: { stream: '$$s', data: '{"$tb":9223372036854775807}', revision: 0, position: 3 } },
    { kind: 'written', revision: 2, position: 4, own: { data: '{"$tb":2}', revision: 1, position: 6 } },
    { kind: 'wrong-expected-revision', actual: 3 },
    { kind: 'written', revision: 0, position: 7 },
  ]);
  expect(log(db).map(({ stream }) => stream)).toEqual(['s', 's', '$$s', 's', 's', '$$s', 't']);
});

test('metadata set for a deleted stream leave it deleted up to where it was', () => {
  const { db, writer } = open();
  const outcomes = writer.write(
    group(append('s', newRecords(2)), given('delete', 's'), append('$$s', [newRecord('{"$maxCount":5}', '$metadata')])),
  );
  expect(outcomes[2]).toMatchObject({ kind: 'written', own: { stream: '$$s', data: '{"$maxCount":5,"$tb":2}' } });
  const rows = db.prepare(`SELECT truncate_before, max_count FROM streams WHERE name = 's'`).raw().all();
  expect(rows).toEqual([[2, 5]]);
});

test('a tombstoned stream takes nothing any more, also after the log has been opened again', () => {
  const { db, writer } = open();
  writer.write(group(append('s', newRecords(1)), given('tombstone', 's', 0)));
  for (const again of [() => writer, () => new LogWriter(db)]) {
    const outcomes = again().write(
      group(append('s', newRecords(1)), given('delete', 's'), given('tombstone', 's'), append('$$s', newRecords(1))),
    );
    expect(outcomes).toEqual(Array(4).fill({ kind: 'stream-deleted', stream: 's' }));
  }
});
