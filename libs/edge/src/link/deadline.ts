/** Something did not answer in time. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
  readonly deadlineMs: number;
  constructor(what: string, deadlineMs: number) {
    super(`${what}: no answer within ${deadlineMs} ms`);
    this.deadlineMs = deadlineMs;
  }
}

/**
 * The promise's outcome, or {@link DeadlineError} naming `what` after `ms` milliseconds. The work itself is not stopped: the caller ends it;
 * what it does later is ignored.
 */
export const withDeadline = <T>(promise: PromiseLike<T>, ms: number, what: string): Promise<T> =>
  new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeadlineError(what, ms)), ms);
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error as Error);
      },
    );
  });

/** Resolves when the signal aborts, with `stop` to call when nobody listens any more. */
export const whenAborted = (
  signal: AbortSignal,
): { readonly aborted: Promise<'aborted'>; readonly stop: () => void } => {
  let stop = (): void => undefined;
  const aborted = new Promise<'aborted'>((resolve) => {
    const onAbort = (): void => resolve('aborted');
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    stop = () => signal.removeEventListener('abort', onAbort);
  });
  return { aborted, stop };
};

/** One line about anything thrown, for a sentence. */
export const errorText = (error: unknown): string => {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(errorText).join('; ');
  return error instanceof Error ? error.message || error.name : String(error);
};
