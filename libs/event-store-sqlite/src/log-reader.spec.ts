import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { matcher, type EventFilter } from '@millwright/event-store';
import { openDatabase, type Database } from '@millwright/sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LogReader, prefixSuccessor } from './log-reader.js';
import { LogWriter } from './log-writer.js';
import type { EventRow, Page, PageRequest } from './messages.js';
import { prepareSchema } from './schema.js';

const COUNT = 60;
const STREAMS = ['a', 'ab', 'b', 'ä', 'a🏭'];
const TYPES = ['T', 'U', 'V'];

let dir: string;
let db: Database;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'millwright-reader-'));
  db = openDatabase(join(dir, 'log.db'), { synchronous: 'FULL' });
  prepareSchema(db, 'log.db');
  const writer = new LogWriter(db);
  for (let n = 0; n < COUNT; n++) {
    const columns = {
      ids: [randomUUID()],
      types: [TYPES[n % 3]!],
      metadata: ['{}'],
      data: [`{"text":"${'x'.repeat((n % 7) * 40)}"}`],
    };
    writer.write({
      recordedAt: Math.floor(n / 2),
      appends: [{ stream: STREAMS[n % 5]!, expected: 'any', ...columns }],
    });
  }
});
afterAll(() => {
  db.close();
  rmSync(dir, { recursive: true });
});

const readToEnd = (start: PageRequest, read: (request: PageRequest) => Page): { rows: EventRow[]; pages: Page[] } => {
  const pages: Page[] = [];
  for (let after = start.after; ; after = pages.at(-1)!.next) {
    pages.push(read({ ...start, after }));
    if (pages.at(-1)!.next === undefined) return { rows: pages.flatMap((page) => page.rows), pages };
  }
};

const filters: fc.Arbitrary<EventFilter | undefined> = fc.option(
  fc.record(
    {
      streamPrefixes: fc.array(fc.constantFrom('', 'a', 'ab', 'b', 'ä', 'a🏭', 'c'), { maxLength: 3 }),
      types: fc.subarray([...TYPES, 'W']),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined },
);
const starts = fc.option(fc.integer({ min: 0, max: COUNT + 5 }), { nil: undefined });
const directions = fc.constantFrom('forwards' as const, 'backwards' as const);
const limits = fc.integer({ min: 1, max: 50 });

test('readAll: pages of any size hold together what a plain scan finds', () => {
  const all = new LogReader(db).readAll({
    direction: 'forwards',
    after: undefined,
    upTo: undefined,
    limit: 1_000,
    filter: undefined,
  }).rows;
  expect(all.map(([position]) => position)).toEqual(Array.from({ length: COUNT }, (_, n) => n + 1));
  const sizes = fc.record({
    pageBytes: fc.integer({ min: 1, max: 2_000 }),
    filterWindow: fc.integer({ min: 1, max: 80 }),
  });
  fc.assert(
    fc.property(directions, starts, filters, limits, sizes, (direction, after, filter, limit, options) => {
      const reader = new LogReader(db, options);
      const start = { direction, after, upTo: undefined, limit };
      const { rows, pages } = readToEnd(start, (request) => reader.readAll({ ...request, filter }));
      const matches = matcher(filter);
      const wanted = all.filter(([position, stream, , , type]) => {
        if (!matches({ stream, type })) return false;
        return after === undefined || (direction === 'forwards' ? position > after : position < after);
      });
      expect(rows).toEqual(direction === 'forwards' ? wanted : wanted.reverse());
      expect(pages.every((page) => page.rows.length <= limit && page.end === COUNT)).toBe(true);
    }),
  );
});

test('readStream: pages of any size hold the stream', () => {
  fc.assert(
    fc.property(directions, starts, limits, fc.integer({ min: 1, max: 500 }), (direction, after, limit, pageBytes) => {
      const reader = new LogReader(db, { pageBytes });
      const start = { direction, after, upTo: undefined, limit };
      const { rows } = readToEnd(start, (request) => reader.readStream({ ...request, stream: 'ab' }));
      const revisions = Array.from({ length: COUNT / 5 }, (_, n) => n);
      const wanted = revisions.filter((n) => after === undefined || (direction === 'forwards' ? n > after : n < after));
      expect(rows.map((row) => row[2])).toEqual(direction === 'forwards' ? wanted : wanted.reverse());
      expect(rows.every((row) => row[1] === 'ab')).toBe(true);
    }),
  );
});

test('a forward read ends where it is told to, whatever has been written since', () => {
  const request = { direction: 'forwards', after: 2, upTo: 5, limit: 100 } as const;
  const rows = (page: Page): number[] => page.rows.map(([position]) => position);
  expect(rows(new LogReader(db).readAll({ ...request, filter: undefined }))).toEqual([3, 4, 5]);
  expect(rows(new LogReader(db).readAll({ ...request, filter: { types: ['T'] } }))).toEqual([4]);
});

test('positionAt is the last position at or before a time', () => {
  const reader = new LogReader(db);
  for (let time = -1; time <= COUNT; time++) {
    const expected = time < 0 ? undefined : Math.min(2 * time + 2, COUNT);
    expect(reader.positionAt(time)).toBe(expected);
    expect(reader.positionAt(time + 0.5)).toBe(expected);
  }
});

describe('the plan of a query', () => {
  test('a filter is answered from its narrow index, in order, without sorting', () => {
    const plan = db
      .prepare(
        `EXPLAIN QUERY PLAN SELECT position FROM events INDEXED BY events_for_filters
         WHERE position > 5 AND position <= 50 AND stream IN (SELECT id FROM streams WHERE name >= 'a') ORDER BY position LIMIT 10`,
      )
      .raw()
      .all()
      .map((row) => (row as unknown[])[3]);
    expect(plan[0]).toMatch(/SEARCH events USING COVERING INDEX events_for_filters \(position>\? AND position<\?\)/);
    expect(plan.join()).not.toMatch(/TEMP B-TREE/);
  });
});

describe('prefixSuccessor', () => {
  const text = fc.string({ unit: 'grapheme-composite', maxLength: 5 });
  const points = (s: string): number[] => Array.from(s, (c) => c.codePointAt(0)!);
  /** SQLite's order of text: UTF-8 bytes, which is that of the code points. */
  const below = (a: string, b: string): boolean => Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;

  test('bounds exactly the texts with the prefix', () => {
    fc.assert(
      fc.property(text, text, (prefix, other) => {
        const successor = prefixSuccessor(prefix);
        for (const candidate of [prefix, prefix + other, other]) {
          const inRange = !below(candidate, prefix) && (successor === undefined || below(candidate, successor));
          expect(inRange).toBe(candidate.startsWith(prefix));
        }
      }),
    );
  });

  test.each<[string, string | undefined]>([
    ['asset-', 'asset.'],
    ['', undefined],
    ['a\u{10ffff}', 'b'],
    ['\u{10ffff}', undefined],
    ['\ud7ff', '\ue000'],
  ])('of %j is %j', (prefix, successor) => {
    expect(prefixSuccessor(prefix)).toBe(successor);
    expect(successor === undefined || points(successor).length <= points(prefix).length).toBe(true);
  });
});
