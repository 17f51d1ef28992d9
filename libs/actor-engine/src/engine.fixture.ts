import {
  encodeSamples,
  GOOD,
  type AlarmStateChanged,
  type AssetModel,
  type Fact,
  type OperatingStateChanged,
  type PlantEvent,
  type Sample,
  type SamplesRecorded,
  type SignalModel,
} from '@millwright/events';
import type { ActorRecord, Emitted } from './index.js';
import { step } from './index.js';

/** Time zero of every spec: a moment in 2027. */
export const T0 = 1_800_000_000_000;
export const ASSET = 'acme/line/s1';

export const signal = (name: string, more: Partial<SignalModel> = {}): SignalModel => ({
  name,
  dataType: 'number',
  role: 'measurement',
  ...more,
});

export const STATE = signal('state', {
  dataType: 'integer',
  role: 'operating-state',
  states: { 0: 'idle', 1: 'running', 2: 'starved', 3: 'blocked', 4: 'down', 5: 'offline' },
  source: { connection: 'line/plc', protocol: 'opcua', address: 'ns=2;s=State' },
});
export const GOOD_COUNT = signal('good-count', { role: 'good-count' });
export const SCRAP_COUNT = signal('scrap-count', { role: 'scrap-count' });
export const RESULT = signal('result', { dataType: 'boolean', role: 'part-result' });
export const TEMPERATURE = signal('temperature', { unit: 'Cel', alarms: { high: 80, highHigh: 90, deadband: 2 } });

export const model = (more: Partial<AssetModel> = {}): AssetModel => ({
  asset: ASSET,
  name: 'S1',
  kind: 'station',
  type: 'station',
  parent: 'acme/line',
  children: [],
  signals: [STATE, GOOD_COUNT, SCRAP_COUNT, RESULT, TEMPERATURE],
  staleAfterMs: 30_000,
  ...more,
});

/** A sample in short: name, value, and what differs from a good one taken at the event's time. */
export type Brief = readonly [name: string, value: Sample['value'], more?: Partial<Sample> & { readonly ago?: number }];

export const batch = (at: number, samples: readonly Brief[], more: Partial<SamplesRecorded> = {}): Fact => ({
  type: 'SamplesRecorded',
  data: {
    gateway: 'gw',
    connection: 'line/plc',
    sequence: 0,
    ...encodeSamples(
      samples.map(([name, value, { ago = 0, ...rest } = {}]) => ({
        signal: name,
        value,
        status: GOOD,
        sourceTime: T0 + at - ago,
        ...rest,
      })),
      T0 + at,
    ),
    ...more,
  },
});

export const applied = (to: AssetModel = model()): Fact => ({
  type: 'ModelApplied',
  data: { model: to, modelHash: '' },
});
export const lost = (connection = 'line/plc', reason = 'no answer'): Fact => ({
  type: 'ConnectionLost',
  data: { connection, reason },
});
export const restored = (connection = 'line/plc'): Fact => ({ type: 'ConnectionRestored', data: { connection } });
export const acknowledged = (alarm: string, note?: string): Fact => ({
  type: 'AlarmAcknowledged',
  data: { alarm, by: 'kim', ...(note !== undefined && { note }) },
});
export const TIME_ADVANCED: Fact = { type: 'TimeAdvanced', data: {} };
export const RETIRED: Fact = { type: 'AssetRetired', data: {} };

export interface Story {
  readonly record: ActorRecord;
  /** Conclusions of the last event. */
  readonly emitted: readonly Emitted[];
  /** The actor after another event, `at` milliseconds after time zero. */
  at(at: number, fact: Pick<PlantEvent, 'type' | 'data'>, asset?: string): Story;
  /** The actor after a batch of samples. */
  samples(at: number, ...samples: Brief[]): Story;
}

const story = (record: ActorRecord, emitted: readonly Emitted[]): Story => ({
  record,
  emitted,
  at: (at, fact, asset = record.asset) => {
    const next = step(record, { ...fact, id: `event-${record.events}`, asset, time: T0 + at } as PlantEvent);
    return story(next.record!, next.emitted);
  },
  samples: (at, ...samples) => story(record, emitted).at(at, batch(at, samples)),
});

/** An actor whose model has just been applied. */
export const given = (to: AssetModel = model()): Story => {
  const { record, emitted } = step(undefined, {
    ...applied(to),
    id: 'event-first',
    asset: to.asset,
    time: T0,
  } as PlantEvent);
  return story(record!, emitted);
};

/** The same, running. */
export const running = (to: AssetModel = model()): Story => given(to).samples(0, ['state', 1]);

/** Changes of the operating state among conclusions, as `from>to: reason`. */
export const states = (emitted: readonly Emitted[]): string[] =>
  emitted.flatMap(({ type, data }) => {
    const { from, to, reason } = data as OperatingStateChanged;
    return type === 'OperatingStateChanged' ? [`${from}>${to}: ${reason}`] : [];
  });

/** Changes of alarms among conclusions, as `alarm: from>to`. */
export const alarms = (emitted: readonly Emitted[]): string[] =>
  emitted.flatMap(({ type, data }) => {
    const { alarm, from, to } = data as AlarmStateChanged;
    return type === 'AlarmStateChanged' ? [`${alarm}: ${from}>${to}`] : [];
  });
