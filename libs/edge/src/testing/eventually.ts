import { setTimeout as sleep } from 'node:timers/promises';

/** For state that tells nobody when it changes (a health, a socket's peer): looks again every 10 ms until it holds, or rejects with `what`. */
export const eventually = async (
  what: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs = 10_000,
): Promise<void> => {
  const end = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`still waiting after ${deadlineMs} ms for: ${what}`);
    await sleep(10);
  }
};
