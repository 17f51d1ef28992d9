import type { FactWriter } from '@millwright/edge';
import { EventStoreError, type AppendResult, type EventStore, type NewEvent } from '@millwright/event-store';
import { MemoryEventStore } from '@millwright/event-store/testing';
import { encodeSamples, GOOD, type AssetId, type AssetModel, type Fact, type Sample } from '@millwright/events';
import { LogFactWriter } from './fact-writer.js';
import { Snapshots } from './snapshots.js';
import { StreamAppender } from './stream-appender.js';
import { TwinHost } from './twin-host.js';

export const LINE: AssetId = 'acme/line';
export const S1: AssetId = 'acme/line/s1';
export const S2: AssetId = 'acme/line/s2';

export const stationModel = (asset: AssetId, high = 180): AssetModel => ({
  asset,
  name: asset,
  kind: 'station',
  type: 'station',
  parent: LINE,
  children: [],
  staleAfterMs: 10_000,
  signals: [
    { name: 'state', dataType: 'integer', role: 'operating-state', states: { 0: 'idle', 1: 'running', 4: 'down' } },
    { name: 'good', dataType: 'integer', role: 'good-count' },
    { name: 'temperature', dataType: 'number', unit: 'Cel', role: 'measurement', alarms: { high, deadband: 1 } },
  ],
});

export const lineModel: AssetModel = {
  asset: LINE,
  name: 'Line',
  kind: 'line',
  type: 'line',
  children: [S1, S2],
  signals: [],
};

export const MODELS: readonly AssetModel[] = [lineModel, stationModel(S1), stationModel(S2)];

export const modelApplied = (model: AssetModel): Fact => ({
  type: 'ModelApplied',
  data: { model, modelHash: model.asset },
});

/** One batch of a station, as the edge writes it. */
export const samplesRecorded =
  (values: Readonly<Record<string, Sample['value']>>) =>
  (time: number): Fact => ({
    type: 'SamplesRecorded',
    data: {
      gateway: 'test',
      connection: 'plc',
      sequence: 0,
      ...encodeSamples(
        Object.entries(values).map(([signal, value]) => ({ signal, value, status: GOOD, sourceTime: time })),
        time,
      ),
    },
  });

/** What the reporter was told. */
export class Told {
  readonly lines: string[] = [];
  private readonly keep = (message: string): void => void this.lines.push(message);
  readonly info = this.keep;
  readonly warn = this.keep;
  readonly error = this.keep;
}

/** A log and a host over it, on a clock that the test moves. `crash` leaves the log as it is at that moment. */
export class Rig {
  time = 1_000_000;
  readonly store: EventStore;
  readonly told = new Told();
  readonly appender: StreamAppender;
  readonly writer: FactWriter;
  readonly snapshots: Snapshots;
  readonly host: TwinHost;
  private readonly abort = new AbortController();
  private running: Promise<void> | undefined;

  constructor(store: EventStore = new MemoryEventStore(), options: { cutEveryEvents?: number } = {}) {
    this.store = store;
    const now = (): number => this.time;
    this.appender = new StreamAppender({ store, wait: () => new Promise((resolve) => setImmediate(resolve)) });
    this.writer = new LogFactWriter({ appender: this.appender, now });
    this.snapshots = new Snapshots({ store, appender: this.appender, now, onUnusable: this.told.warn });
    this.host = new TwinHost({
      store,
      appender: this.appender,
      factWriter: this.writer,
      snapshots: this.snapshots,
      now,
      report: this.told,
      ...options,
    });
  }

  async start(): Promise<void> {
    await this.host.recover();
    this.running = this.host.run(this.abort.signal);
  }

  async write(asset: AssetId, fact: Fact | ((time: number) => Fact)): Promise<void> {
    await this.writer.write(asset, fact);
  }

  async applyAll(models: readonly AssetModel[] = MODELS): Promise<void> {
    for (const model of models) await this.write(model.asset, modelApplied(model));
  }

  /** Everything written is folded, everything concluded is written and folded. */
  async quiet(): Promise<void> {
    for (;;) {
      const head = await this.lastPlantPosition();
      if (head !== undefined) await this.host.folded(head, 60_000);
      await this.host.settled(60_000);
      if ((await this.lastPlantPosition()) === head) return;
    }
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.running;
  }

  private async lastPlantPosition(): Promise<bigint | undefined> {
    const filter = { streamPrefixes: ['asset-', 'derived-'] };
    for await (const e of this.store.readAll({ direction: 'backwards', maxCount: 1, filter })) return e.position;
    return undefined;
  }
}

/** A store whose appends can be made to fail, before or after they were written. */
export class FaultyStore extends MemoryEventStore {
  fault: ((stream: string) => 'before' | 'after' | undefined) | undefined;

  override async append(
    stream: string,
    expected: Parameters<EventStore['append']>[1],
    events: readonly NewEvent[],
  ): Promise<AppendResult> {
    const fault = this.fault?.(stream);
    if (fault === 'before') throw new EventStoreError('unavailable', 'the log is away');
    const result = await super.append(stream, expected, events);
    if (fault === 'after') throw new EventStoreError('deadline-exceeded', 'the answer did not come');
    return result;
  }
}

export const eventsOf = async (store: EventStore, stream: string): Promise<{ type: string; data: object }[]> => {
  const events = [];
  for await (const { type, data } of store.readStream(stream)) events.push({ type, data });
  return events;
};
