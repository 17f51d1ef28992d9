import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogRecord, NewRecord, Payload } from '@millwright/event-store';
import { openDatabase, type Database } from '@millwright/sqlite';
import { afterEach } from 'vitest';
import { toColumns } from './event-columns.js';
import { LogWriter } from './log-writer.js';
import type { Expected, Operation, OperationGroup, Page, PageRequest } from './messages.js';
import { NEW_FILE, prepareSchema } from './schema.js';

/** An operation with its events. */
export interface Given {
  readonly operation: Operation;
  readonly records: readonly NewRecord[];
}

export const given = (
  kind: Operation['kind'],
  stream: string,
  expected: Expected = 'any',
  records: readonly NewRecord[] = [],
): Given => ({ operation: { kind, stream, expected, count: records.length }, records });

export const append = (stream: string, records: readonly NewRecord[], expected: Expected = 'any'): Given =>
  given('append', stream, expected, records);

export const newRecord = (data: Payload = '{}', type = 'T', metadata: Payload = '{"time":1}'): NewRecord => ({
  id: randomUUID(),
  type,
  data,
  metadata,
});

export const newRecords = (count: number, data?: Payload, type?: string): NewRecord[] =>
  Array.from({ length: count }, () => newRecord(data, type));

export const groupAt = (recordedAt: number, ...operations: readonly Given[]): OperationGroup => ({
  recordedAt,
  operations: operations.map(({ operation }) => operation),
  ...toColumns(operations.flatMap(({ records }) => records)),
});

/** After all that a test writes at times of its own. */
export const group = (...operations: readonly Given[]): OperationGroup => groupAt(1_000_000, ...operations);

export interface TestLog {
  readonly path: string;
  readonly db: Database;
  readonly writer: LogWriter;
}

/** Makes logs without threads, in files of their own that go with the test. */
export const testLogs = (): (() => TestLog) => {
  const opened: { db: Database; dir: string }[] = [];
  afterEach(() => {
    for (const { db, dir } of opened.splice(0)) {
      db.close();
      rmSync(dir, { recursive: true });
    }
  });
  return () => {
    const dir = mkdtempSync(join(tmpdir(), 'millwright-log-'));
    const path = join(dir, 'log.db');
    const db = openDatabase(path, { synchronous: 'FULL', newFile: NEW_FILE });
    opened.push({ db, dir });
    prepareSchema(db, path);
    return { path, db, writer: new LogWriter(db) };
  };
};

/** Reads page after page. */
export const readToEnd = (start: PageRequest, read: (request: PageRequest) => Page): Page[] => {
  const pages: Page[] = [];
  for (let after = start.after; ; after = pages.at(-1)!.next) {
    pages.push(read({ ...start, after }));
    if (pages.at(-1)!.next === undefined) return pages;
  }
};

/** The place of each record: `[position, stream, revision, id]`. */
export const places = (records: readonly LogRecord[]): unknown[] =>
  records.map(({ position, stream, revision, id }) => [Number(position), stream, Number(revision), id]);
