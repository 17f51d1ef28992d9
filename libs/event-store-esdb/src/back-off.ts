/** Waits before the next try, the longer the more have failed; rejects nothing, and ends early when the store closes. */
export type Pause = (attempt: number) => Promise<void>;

const MIN_MS = 50;
const MAX_MS = 2_000;

/** Grows from 50 ms to 2 s, each with a random half, so that many clients do not come back at one moment. */
export const backOff =
  (stopped: AbortSignal): Pause =>
  (attempt) => {
    const limit = Math.min(MIN_MS * 2 ** Math.min(attempt, 10), MAX_MS);
    return sleep(limit / 2 + (Math.random() * limit) / 2, stopped);
  };

/** Resolves after the time, or when the signal aborts. */
export const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
