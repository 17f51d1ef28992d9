import { EventStoreError, type EventStoreErrorCode } from '@millwright/event-store';
import { WorkerError, type WorkerErrorCode } from '@millwright/sqlite';
import { expect, test } from 'vitest';
import { toEventStoreError } from './map-error.js';

const failed = (sqliteCode?: string): WorkerError => new WorkerError('failed', 'it broke', { sqliteCode });

test.each<[sqliteCode: string | undefined, code: EventStoreErrorCode]>([
  ['SQLITE_FULL', 'disk-full'],
  ['SQLITE_READONLY', 'read-only'],
  ['SQLITE_READONLY_DIRECTORY', 'read-only'],
  ['SQLITE_PERM', 'read-only'],
  ['SQLITE_CORRUPT', 'corrupt'],
  ['SQLITE_CORRUPT_INDEX', 'corrupt'],
  ['SQLITE_NOTADB', 'corrupt'],
  ['SQLITE_BUSY', 'locked'],
  ['SQLITE_BUSY_SNAPSHOT', 'locked'],
  ['SQLITE_LOCKED', 'locked'],
  ['SQLITE_IOERR_FSYNC', 'unavailable'],
  ['SQLITE_CANTOPEN', 'unavailable'],
  [undefined, 'unavailable'],
])('%s of the worker is %s', (sqliteCode, code) => {
  const cause = failed(sqliteCode);
  const error = toEventStoreError('/data/log.db', 'append to "s"', cause);
  expect(error).toMatchObject({ code, cause });
  expect(error.message).toMatch(/^append to "s" in the log \/data\/log\.db: it broke/);
});

test.each<WorkerErrorCode>(['unavailable', 'deadline-exceeded', 'overloaded', 'closed'])(
  '%s of the call itself keeps its name',
  (code) => {
    expect(toEventStoreError('log.db', 'read', new WorkerError(code, 'why')).code).toBe(code);
  },
);

test('an error of the port passes as it is, any other one is unavailable', () => {
  const own = new EventStoreError('closed', 'closed');
  expect(toEventStoreError('log.db', 'read', own)).toBe(own);
  expect(toEventStoreError('log.db', 'read', new TypeError('odd')).code).toBe('unavailable');
});
