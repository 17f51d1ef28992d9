import { matcher, type EventFilter, type LogRecord } from '@millwright/event-store';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  append,
  given,
  group,
  groupAt,
  newRecord,
  newRecords,
  readToEnd,
  testLogs,
  type TestLog,
} from './log.fixture.js';
import { LogReader, type LogReaderOptions } from './log-reader.js';
import type { Page, PageRequest } from './messages.js';
import { toRecords } from './page-columns.js';

const COUNT = 60;
const STREAMS = ['a', 'ab', 'b', 'ä', 'a🏭', '$own'];
const TYPES = ['T', 'U', 'V'];

const open = testLogs();
let log: TestLog;
beforeEach(() => void (log = open()));

const fill = (): void => {
  for (let n = 0; n < COUNT; n++) {
    const record = newRecord(`{"text":"${'x'.repeat((n % 7) * 40)}ä"}`, TYPES[n % 3]!);
    log.writer.write(groupAt(Math.floor(n / 2), append(STREAMS[n % STREAMS.length]!, [record])));
  }
};
const recordsOf = ({ columns }: Page): LogRecord[] => (columns ? toRecords(columns) : []);
const positions = (page: Page): number[] => recordsOf(page).map(({ position }) => Number(position));

const everything = { direction: 'forwards', after: undefined, upTo: undefined, limit: 1_000 } as const;
const readAll = (request: PageRequest, filter?: EventFilter, options?: LogReaderOptions): Page[] => {
  const reader = new LogReader(log.db, options);
  return readToEnd(request, (page) => reader.readAll({ ...page, filter }));
};
const readStream = (stream: string, request: PageRequest = everything, now = 0, options?: LogReaderOptions): Page[] => {
  const reader = new LogReader(log.db, options);
  return readToEnd(request, (page) => {
    const got = reader.readStream({ ...page, stream, now });
    if ('tombstoned' in got) throw new Error(`${got.tombstoned} is tombstoned`);
    return got;
  });
};
const revisions = (stream: string, request?: PageRequest, now?: number): number[] =>
  readStream(stream, request, now)
    .flatMap(recordsOf)
    .map(({ revision }) => Number(revision));

const filters: fc.Arbitrary<EventFilter | undefined> = fc.option(
  fc.record(
    {
      streamPrefixes: fc.array(fc.constantFrom('', 'a', 'ab', 'b', 'ä', 'a🏭', 'c', '$'), { maxLength: 3 }),
      streamPattern: fc.constantFrom('^a', 'b$', 'c', '[ä🏭]'),
      excludeSystem: fc.boolean(),
      types: fc.subarray([...TYPES, 'W']),
      typePrefixes: fc.subarray([...TYPES, 'W']),
      typePattern: fc.constantFrom('[TU]', 'W'),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined },
);
const starts = fc.option(fc.integer({ min: 0, max: COUNT + 5 }), { nil: undefined });
const directions = fc.constantFrom('forwards' as const, 'backwards' as const);
const limits = fc.integer({ min: 1, max: 50 });

test('readAll: pages of any size hold together what a plain scan finds', () => {
  fill();
  const all = readAll(everything).flatMap(recordsOf);
  expect(all.map(({ position }) => Number(position))).toEqual(Array.from({ length: COUNT }, (_, n) => n + 1));
  const sizes = fc.record({
    pageBytes: fc.integer({ min: 1, max: 2_000 }),
    filterWindow: fc.integer({ min: 1, max: 80 }),
  });
  fc.assert(
    fc.property(directions, starts, filters, limits, sizes, (direction, after, filter, limit, options) => {
      const pages = readAll({ direction, after, upTo: undefined, limit }, filter, options);
      const wanted = all
        .filter(matcher(filter))
        .filter(
          ({ position }) => after === undefined || (direction === 'forwards' ? position > after : position < after),
        );
      expect(pages.flatMap(recordsOf)).toEqual(direction === 'forwards' ? wanted : wanted.reverse());
      expect(pages.every((page) => recordsOf(page).length <= limit && page.end === COUNT)).toBe(true);
    }),
  );
});

test('a filter sees streams and types that came after it was first used', () => {
  const reader = new LogReader(log.db);
  const find = (filter: EventFilter): number[] => positions(reader.readAll({ ...everything, filter }));
  const byStream = { streamPrefixes: ['a'] };
  const byType = { typePattern: 'ed$' };
  expect([find(byStream), find(byType)]).toEqual([[], []]);
  log.writer.write(group(append('a', newRecords(1)), append('b', newRecords(1, '{}', 'Started'))));
  expect([find(byStream), find(byType)]).toEqual([[1], [2]]);
  log.writer.write(group(append('b', newRecords(1)), append('ab', newRecords(1, '{}', 'Ended'))));
  expect([find(byStream), find(byType)]).toEqual([
    [1, 4],
    [2, 4],
  ]);
});

test('readStream: pages of any size hold the stream', () => {
  fill();
  fc.assert(
    fc.property(directions, starts, limits, fc.integer({ min: 1, max: 500 }), (direction, after, limit, pageBytes) => {
      const pages = readStream('ab', { direction, after, upTo: undefined, limit }, 0, { pageBytes });
      const all = Array.from({ length: COUNT / STREAMS.length }, (_, n) => n);
      const wanted = all.filter((n) => after === undefined || (direction === 'forwards' ? n > after : n < after));
      const records = pages.flatMap(recordsOf);
      expect(records.map(({ revision }) => Number(revision))).toEqual(
        direction === 'forwards' ? wanted : wanted.reverse(),
      );
      expect(records.every(({ stream }) => stream === 'ab')).toBe(true);
    }),
  );
});

test('a page is bounded by its bytes, and has one event at least', () => {
  log.writer.write(group(append('s', newRecords(10, 'x'.repeat(1_000)))));
  const reader = new LogReader(log.db, { pageBytes: 2_500 });
  expect(positions(reader.readAll({ ...everything, filter: undefined }))).toEqual([1, 2, 3]);
  expect(positions(new LogReader(log.db, { pageBytes: 1 }).readAll({ ...everything, filter: undefined }))).toEqual([1]);
});

test('a forward read ends where it is told to, whatever has been written since', () => {
  fill();
  const request = { direction: 'forwards', after: 2, upTo: 5, limit: 100 } as const;
  expect(positions(new LogReader(log.db).readAll({ ...request, filter: undefined }))).toEqual([3, 4, 5]);
  expect(positions(new LogReader(log.db).readAll({ ...request, filter: { types: ['T'] } }))).toEqual([4]);
});

test('positionAt is the last position at or before a time', () => {
  fill();
  const reader = new LogReader(log.db);
  for (let time = -1; time <= COUNT; time++) {
    const expected = time < 0 ? undefined : Math.min(2 * time + 2, COUNT);
    expect(reader.positionAt(time)).toBe(expected);
    expect(reader.positionAt(time + 0.5)).toBe(expected);
  }
});

describe('retention of a stream', () => {
  /** Revisions 0 to 9, recorded at 1,000 to 10,000 ms. */
  const fillStream = (metadata: string): void => {
    for (let n = 0; n < 10; n++) log.writer.write(groupAt(1_000 * (n + 1), append('s', newRecords(1))));
    log.writer.write(groupAt(10_000, append('$$s', [newRecord(metadata, '$metadata')])));
  };
  const backwards = { ...everything, direction: 'backwards' } as const;

  test.each<[metadata: string, now: number, first: number]>([
    ['{}', 10_000, 0],
    ['{"$maxCount":3}', 10_000, 7],
    ['{"$maxCount":99}', 10_000, 0],
    ['{"$tb":4}', 10_000, 4],
    ['{"$tb":10}', 10_000, 10],
    ['{"$tb":99}', 10_000, 10],
    ['{"$maxAge":3}', 10_000, 6],
    ['{"$maxAge":3}', 10_001, 7],
    ['{"$maxAge":3}', 99_000, 10],
    ['{"$maxAge":3}', 0, 0],
    ['{"$maxAge":5,"$maxCount":4,"$tb":2}', 10_000, 6],
    ['{"$maxAge":5,"$maxCount":4,"$tb":8}', 10_000, 8],
  ])('%s at %i shows it from revision %i on', (metadata, now, first) => {
    fillStream(metadata);
    const shown = Array.from({ length: 10 - first }, (_, n) => first + n);
    expect(revisions('s', everything, now)).toEqual(shown);
    expect(revisions('s', { ...backwards, limit: 2 }, now)).toEqual(shown.reverse());
    expect(readAll(everything).flatMap(recordsOf)).toHaveLength(11);
  });

  test('a deleted stream is empty, and then has what came after', () => {
    fillStream('{}');
    log.writer.write(group(given('delete', 's')));
    expect(revisions('s')).toEqual([]);
    log.writer.write(group(append('s', newRecords(2), 'no-stream')));
    expect(revisions('s')).toEqual([10, 11]);
  });

  test('a tombstoned stream is told apart, and so is its metadata', () => {
    fillStream('{}');
    log.writer.write(group(given('tombstone', 's')));
    expect(() => revisions('s')).toThrow('s is tombstoned');
    expect(() => revisions('$$s')).toThrow('s is tombstoned');
  });
});

describe('the plan of a query', () => {
  const planOf = (sql: string): string =>
    log.db
      .prepare(`EXPLAIN QUERY PLAN SELECT position FROM events ${sql} ORDER BY position LIMIT 10`)
      .raw()
      .all()
      .map((row) => (row as unknown[])[3])
      .join('; ');

  test('a filter that few names match is answered from its narrow index, in order, without sorting', () => {
    const plan = planOf(`INDEXED BY events_for_filters
      WHERE position > 5 AND position <= 50 AND stream IN (SELECT value FROM json_each('[1,2]'))`);
    expect(plan).toMatch(/^SEARCH events USING COVERING INDEX events_for_filters \(position>\? AND position<\?\)/);
    expect(plan).not.toMatch(/TEMP B-TREE/);
  });

  test('one that most names match reads the table as it comes', () => {
    const plan = planOf(
      `NOT INDEXED WHERE position > 5 AND position <= 50 AND stream NOT IN (SELECT value FROM json_each('[1,2]'))`,
    );
    expect(plan).toMatch(/^SEARCH events USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)/);
    expect(plan).not.toMatch(/TEMP B-TREE/);
  });
});
