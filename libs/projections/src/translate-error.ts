import { ReadModelError, type ReadModelErrorCode } from '@millwright/read-model';
import { WorkerError, type WorkerErrorCode } from '@millwright/sqlite';

const CODES: Readonly<Record<WorkerErrorCode, ReadModelErrorCode>> = {
  failed: 'unavailable',
  unavailable: 'unavailable',
  'deadline-exceeded': 'deadline-exceeded',
  overloaded: 'overloaded',
  closed: 'closed',
};

/** A worker's failure in the words of the port. */
export const translated = (error: unknown): never => {
  if (!(error instanceof WorkerError)) throw error;
  const sqlite = error.sqliteCode === undefined ? '' : ` (${error.sqliteCode})`;
  throw new ReadModelError(CODES[error.code], `${error.message}${sqlite}`, { cause: error });
};
