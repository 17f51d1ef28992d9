import type { AssetId, LedgerEntry, SamplesRecorded } from '@millwright/events';
import { signalId } from '@millwright/events';
import type { LedgerView } from '@millwright/read-model';

interface RejectedTotal {
  count: number;
  example?: string;
}

interface SignalTotals {
  connection: string;
  stored: number;
  readonly filtered: Map<string, number>;
  readonly rejected: Map<string, RejectedTotal>;
}

/** What one batch adds: only what the ledger needs of a SamplesRecorded. */
export interface LedgerDelta {
  readonly connection: string;
  /** Signal name, then how many of its samples were stored, and so on. */
  readonly stored: readonly (string | number)[];
  readonly filtered?: readonly LedgerEntry[];
  readonly rejected?: readonly LedgerEntry[];
}

export const ledgerDelta = ({ connection, signals, signal, filtered, rejected }: SamplesRecorded): LedgerDelta => {
  const counts = new Array<number>(signals.length).fill(0);
  for (const at of signal) counts[at]!++;
  return {
    connection,
    stored: signals.flatMap((name, i) => (counts[i]! > 0 ? [name, counts[i]!] : [])),
    ...(filtered && { filtered }),
    ...(rejected && { rejected }),
  };
};

/** The ledger of one asset's signals, summed up batch by batch. */
export class AssetLedger {
  private readonly totals = new Map<string, SignalTotals>();

  add({ connection, stored, filtered = [], rejected = [] }: LedgerDelta): void {
    for (let i = 0; i < stored.length; i += 2) {
      this.signal(stored[i] as string, connection).stored += stored[i + 1] as number;
    }
    for (const { signal, reason, count } of filtered) {
      const rules = this.signal(signal, connection).filtered;
      rules.set(reason, (rules.get(reason) ?? 0) + count);
    }
    for (const { signal, reason, count, example } of rejected) {
      const reasons = this.signal(signal, connection).rejected;
      const shown = example ?? reasons.get(reason)?.example;
      const total = (reasons.get(reason)?.count ?? 0) + count;
      reasons.set(reason, { count: total, ...(shown !== undefined && { example: shown }) });
    }
  }

  views(asset: AssetId): LedgerView[] {
    return [...this.totals].map(([name, { connection, stored, filtered, rejected }]) => {
      const received = stored + sum(filtered.values()) + sum([...rejected.values()].map(({ count }) => count));
      return {
        signal: signalId(asset, name),
        connection,
        received,
        stored,
        filtered: [...filtered].map(([rule, count]) => ({ rule, count })),
        rejected: [...rejected].map(([reason, total]) => ({ reason, ...total })),
      };
    });
  }

  toJson(): string {
    const lines = [...this.totals].map(([name, t]) => [name, t.connection, t.stored, [...t.filtered], [...t.rejected]]);
    return JSON.stringify(lines);
  }

  static fromJson(text: string): AssetLedger {
    const ledger = new AssetLedger();
    const lines = JSON.parse(text) as [string, string, number, [string, number][], [string, RejectedTotal][]][];
    for (const [name, connection, stored, filtered, rejected] of lines) {
      ledger.totals.set(name, { connection, stored, filtered: new Map(filtered), rejected: new Map(rejected) });
    }
    return ledger;
  }

  private signal(name: string, connection: string): SignalTotals {
    let totals = this.totals.get(name);
    if (!totals) this.totals.set(name, (totals = { connection, stored: 0, filtered: new Map(), rejected: new Map() }));
    totals.connection = connection;
    return totals;
  }
}

const sum = (numbers: Iterable<number>): number => {
  let total = 0;
  for (const n of numbers) total += n;
  return total;
};
