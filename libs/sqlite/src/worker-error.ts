/** `failed`: the worker's own code threw. `unavailable`: the worker died or never started. The others are the client's. */
export type WorkerErrorCode = 'failed' | 'unavailable' | 'deadline-exceeded' | 'overloaded' | 'closed';

export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  readonly code: WorkerErrorCode;
  /** SQLite's result code where that was the cause, e.g. `SQLITE_FULL`. */
  readonly sqliteCode: string | undefined;
  constructor(
    code: WorkerErrorCode,
    message: string,
    options: ErrorOptions & { readonly sqliteCode?: string | undefined } = {},
  ) {
    super(message, options);
    this.code = code;
    this.sqliteCode = options.sqliteCode;
  }
}
