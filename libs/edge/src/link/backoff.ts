import { setTimeout as sleep } from 'node:timers/promises';

export interface BackoffOptions {
  /** First delay, milliseconds; default 500. */
  readonly minMs?: number;
  /** Cap of the delay, milliseconds; default 30,000. */
  readonly maxMs?: number;
  /** Uniform in [0, 1); default Math.random. */
  readonly random?: () => number;
}

/** Exponential delays with jitter: each lies between half of and the whole of min·2ⁿ, so that many clients do not return together. */
export class Backoff {
  private readonly minMs: number;
  private readonly maxMs: number;
  private readonly random: () => number;
  private attempts = 0;

  constructor({ minMs = 500, maxMs = 30_000, random = Math.random }: BackoffOptions = {}) {
    this.minMs = minMs;
    this.maxMs = Math.max(minMs, maxMs);
    this.random = random;
  }

  /** The next delay, milliseconds. */
  next(): number {
    // 2^30 is beyond any cap; the exponent stays finite however long the device is away.
    const full = Math.min(this.maxMs, this.minMs * 2 ** Math.min(this.attempts++, 30));
    return Math.round(full * (0.5 + 0.5 * this.random()));
  }

  reset(): void {
    this.attempts = 0;
  }
}

/** Resolves after the delay, or at once when the signal aborts; never rejects. */
export const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
};
