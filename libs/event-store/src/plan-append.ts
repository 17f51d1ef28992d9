import type { ExpectedRevision, Revision } from './event-store.port.js';

export type AppendPlan =
  /** Indexes of the events that are new; empty when every one is in the stream already. */
  | { readonly ok: true; readonly fresh: readonly number[] }
  /** The stream is not where the append expects it. */
  | { readonly ok: false };

/**
 * What an append has to write. Events whose id the stream has already are passed over, and when there is no other, any expectation
 * will do: repeating an append is harmless. For the rest the expectation must hold of the stream as it is, or as it was before the
 * events that the append begins with and that the stream ends with (so that a lost answer can be repeated with more behind it).
 *
 * `last`: the stream's last revision, undefined without events. `recorded`: the revision of each event of the append that is there.
 * `deleted`: the stream has been deleted (and not tombstoned), and may be begun again.
 */
export const planAppend = (
  last: Revision | undefined,
  expected: ExpectedRevision,
  recorded: readonly (Revision | undefined)[],
  deleted = false,
): AppendPlan => {
  const fresh = recorded.flatMap((revision, index) => (revision === undefined ? [index] : []));
  const ok =
    fresh.length === 0 ||
    meets(last, expected, deleted) ||
    meets(beforeRepeatedStart(last, recorded), expected, deleted);
  return ok ? { ok, fresh } : { ok };
};

/** Whether a stream with this last revision is where the append expects it. */
export const meets = (last: Revision | undefined, expected: ExpectedRevision, deleted = false): boolean => {
  switch (expected) {
    case 'any':
      return true;
    case 'no-stream':
      return last === undefined || deleted;
    case 'stream-exists':
      return last !== undefined && !deleted;
    default:
      return last === expected;
  }
};

const beforeRepeatedStart = (
  last: Revision | undefined,
  recorded: readonly (Revision | undefined)[],
): Revision | undefined => {
  const first = recorded[0];
  if (last === undefined || first === undefined) return last;
  for (let i = 0; recorded[i] === first + BigInt(i); i++) {
    if (recorded[i] === last) return first === 0n ? undefined : first - 1n;
  }
  return last;
};
