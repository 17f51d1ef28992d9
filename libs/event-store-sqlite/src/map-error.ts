import { EventStoreError, type EventStoreErrorCode } from '@millwright/event-store';
import { sqliteCode, WorkerError } from '@millwright/sqlite';

/** By the beginning of SQLite's result code; whatever is not here is `unavailable`. */
const CODES: readonly (readonly [prefix: string, code: EventStoreErrorCode])[] = [
  ['SQLITE_FULL', 'disk-full'],
  ['SQLITE_READONLY', 'read-only'],
  ['SQLITE_PERM', 'read-only'],
  ['SQLITE_CORRUPT', 'corrupt'],
  ['SQLITE_NOTADB', 'corrupt'],
  ['SQLITE_BUSY', 'locked'],
  ['SQLITE_LOCKED', 'locked'],
];

const ADVICE: Readonly<Partial<Record<EventStoreErrorCode, string>>> = {
  'disk-full': 'free space on its disk; nothing was written, and the append may be repeated',
  'read-only':
    'let this user write to the file and its folder, and check its disk, which a system makes read-only after an error',
  corrupt: 'stop the server and restore the file from a copy',
  'deadline-exceeded': 'the disk may be stalled; repeating an append is harmless',
  overloaded: 'slow down and repeat later',
};

/** Anything that comes out of the worker threads, or of SQLite in this one, as the port's error. `action` is what was tried: `append to "asset-a"`. */
export const toEventStoreError = (path: string, action: string, error: unknown): EventStoreError => {
  if (error instanceof EventStoreError) return error;
  const code = codeOf(error);
  const advice = ADVICE[code];
  const reason = error instanceof Error ? error.message : String(error);
  return new EventStoreError(code, `${action} in the log ${path}: ${reason}${advice ? `; ${advice}` : ''}`, {
    cause: error,
  });
};

const codeOf = (error: unknown): EventStoreErrorCode => {
  if (error instanceof WorkerError && error.code !== 'failed') return error.code;
  const result = error instanceof WorkerError ? error.sqliteCode : sqliteCode(error);
  return CODES.find(([prefix]) => result?.startsWith(prefix))?.[1] ?? 'unavailable';
};
