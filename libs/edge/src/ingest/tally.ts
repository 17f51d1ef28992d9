import type { LedgerEntry } from '@millwright/events';

/** Reasons kept apart for one signal in one batch; a connector that invents a new text for each message must not fill the log. */
const MAX_REASONS = 16;
const OTHER = 'other';

interface MutableEntry {
  readonly signal: string;
  readonly reason: string;
  count: number;
  example?: string;
}

/** Counts by signal and reason, for one side of the ledger of one batch. */
export class Tally {
  private readonly bySignal = new Map<string, Map<string, MutableEntry>>();
  /** Samples counted. */
  total = 0;
  /** At most how many bytes the entries take as JSON. */
  bytes = 0;

  add(signal: string, reason: string, example?: string): void {
    let reasons = this.bySignal.get(signal);
    if (!reasons) this.bySignal.set(signal, (reasons = new Map()));
    const key = reasons.has(reason) || reasons.size < MAX_REASONS ? reason : OTHER;
    let entry = reasons.get(key);
    if (!entry) {
      reasons.set(key, (entry = { signal, reason: key, count: 0 }));
      // Keys and count about 60; text may grow sixfold by escapes; room for one example of 100 characters.
      this.bytes += 60 + 6 * (signal.length + key.length) + (example === undefined ? 0 : 620);
    }
    entry.count++;
    if (example !== undefined) entry.example = example;
    this.total++;
  }

  entries(): LedgerEntry[] {
    return [...this.bySignal.values()].flatMap((reasons) => [...reasons.values()]);
  }
}
