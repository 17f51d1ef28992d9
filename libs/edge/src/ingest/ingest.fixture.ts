import type { RecordedEvent } from '@millwright/event-store';
import type { AssetId, Fact, LedgerEntry, Sample, SamplesRecorded, SignalModel } from '@millwright/events';
import { decodeSamples } from '@millwright/events';
import type { Binding, EdgeRule, Plant } from '@millwright/plant-model';
import type { FactWriter, Recorded } from '../fact-writer.port.js';
import { Ingest, type IngestOptions } from './ingest.js';

export const LINE = 'acme/line';
export const CONNECTION = `${LINE}/plc`;
export const OVEN = `${LINE}/oven`;
export const PRESS = `${LINE}/press`;

export interface GivenSignal extends Partial<SignalModel> {
  readonly edge?: EdgeRule;
  readonly connection?: string;
}

/** A line of stations with the signals given, e.g. `{ oven: { temperature: {} } }`; numbers unless said otherwise. */
export const plantOf = (
  stations: Readonly<Record<string, Readonly<Record<string, GivenSignal>>>>,
): Pick<Plant, 'assets' | 'bindings' | 'connections'> => {
  const bindings: Binding[] = [];
  const assets = Object.entries(stations).map(([station, signals]) => {
    const asset = `${LINE}/${station}`;
    const models = Object.entries(signals).map(
      ([name, { edge = {}, connection = CONNECTION, ...model }]): SignalModel => {
        bindings.push({ signal: `${asset}:${name}`, asset, connection, address: {}, intervalMs: 100, edge });
        return { name, dataType: 'number', role: 'measurement', ...model };
      },
    );
    return {
      asset,
      name: station,
      kind: 'station' as const,
      type: 'station',
      parent: LINE,
      children: [],
      signals: models,
    };
  });
  const names = new Set([CONNECTION, ...bindings.map((b) => b.connection)]);
  const connections = [...names].map((name) => ({ name, protocol: 'test', settings: {} }));
  return { assets, bindings, connections };
};

export interface Written {
  readonly asset: AssetId;
  readonly time: number;
  readonly fact: Fact;
}

interface PendingWrite {
  readonly asset: AssetId;
  readonly fact: Fact | ((time: number) => Fact);
  readonly resolve: (recorded: Recorded) => void;
  readonly reject: (error: Error) => void;
}

/** A writer whose log answers at once, or when the spec says so. */
export class FakeWriter implements FactWriter {
  readonly written: Written[] = [];
  readonly pending: PendingWrite[] = [];
  manual = false;
  /** Asked for each write: the error to fail with. */
  fault: () => Error | undefined = () => undefined;
  time = 1_000_000;

  write(asset: AssetId, fact: Fact | ((time: number) => Fact)): Promise<Recorded> {
    return new Promise((resolve, reject) => {
      this.pending.push({ asset, fact, resolve, reject });
      if (!this.manual) setImmediate(() => this.answer());
    });
  }

  /** Answers the oldest write. */
  answer(): void {
    const { asset, fact, resolve, reject } = this.pending.shift()!;
    const error = this.fault();
    if (error) return reject(error);
    const time = this.time++;
    this.written.push({ asset, time, fact: typeof fact === 'function' ? fact(time) : fact });
    resolve({ id: String(time), time, position: BigInt(this.written.length) });
  }

  batches(asset?: AssetId): SamplesRecorded[] {
    const ofAsset = this.written.filter((w) => asset === undefined || w.asset === asset);
    return ofAsset.flatMap(({ fact }) => (fact.type === 'SamplesRecorded' ? [fact.data] : []));
  }

  samples(asset?: AssetId): Sample[] {
    const ofAsset = this.written.filter((w) => asset === undefined || w.asset === asset);
    return ofAsset.flatMap(({ fact, time }) => (fact.type === 'SamplesRecorded' ? decodeSamples(fact.data, time) : []));
  }

  /** Counts of one side of the ledger as `signal reason: count`, added up over all batches. */
  counts(side: 'filtered' | 'rejected'): Record<string, number> {
    const sums: Record<string, number> = {};
    const entries: LedgerEntry[] = this.batches().flatMap((batch) => batch[side] ?? []);
    for (const { signal, reason, count } of entries)
      sums[`${signal} ${reason}`] = (sums[`${signal} ${reason}`] ?? 0) + count;
    return sums;
  }
}

/** A log that holds these events of one asset, for the start of an ingest. */
export const logOf = (events: readonly Partial<RecordedEvent>[] = []): IngestOptions['store'] => ({
  async *readStream() {
    yield* events.toReversed() as RecordedEvent[];
  },
});

export const openIngest = (
  options: Partial<IngestOptions> & Pick<IngestOptions, 'plant' | 'writer'>,
): Promise<Ingest> =>
  Ingest.open({
    store: logOf(),
    gateway: 'gw',
    now: () => 500_000,
    writeSpacingMs: 0,
    retry: { minMs: 1, maxMs: 2 },
    ...options,
  });
