/**
 * Name of the delay that runs while nothing is heard of an asset. A machine uses it in one `after: { silence: … }`; the engine starts that
 * timer again with every sample, without entering the machine.
 */
export const SILENCE = 'silence';

/** A delay that never ends. XState fires a delay that is undefined at once, so "none" must be a number. */
export const NEVER_MS = Number.MAX_SAFE_INTEGER;

/** A time span for people: `30 s`, `1.5 s`, `250 ms`. */
export const spanText = (ms: number): string => (ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`);
