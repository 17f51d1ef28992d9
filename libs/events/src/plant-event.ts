import type { ConclusionPayloads } from './conclusions.js';
import type { FactPayloads } from './facts.js';
import type { AssetId } from './ids.js';

type Typed<Payloads> = {
  [Type in keyof Payloads]: { readonly type: Type; readonly data: Payloads[Type] };
}[keyof Payloads];

export type Fact = Typed<FactPayloads>;
export type Conclusion = Typed<ConclusionPayloads>;
export type FactType = Fact['type'];
export type ConclusionType = Conclusion['type'];

/** An event of the plant as the fold sees it. `time` is the event's time, epoch milliseconds, never the reader's clock. */
export type PlantEvent = (Fact | Conclusion) & {
  readonly id: string;
  readonly asset: AssetId;
  readonly time: number;
};

const FACT_TYPES: ReadonlySet<string> = new Set<FactType>([
  'SamplesRecorded',
  'ConnectionLost',
  'ConnectionRestored',
  'TimeAdvanced',
  'ModelApplied',
  'AssetRetired',
  'AlarmAcknowledged',
]);
const CONCLUSION_TYPES: ReadonlySet<string> = new Set<ConclusionType>([
  'OperatingStateChanged',
  'CycleCompleted',
  'AlarmStateChanged',
]);

export const isFactType = (type: string): type is FactType => FACT_TYPES.has(type);
export const isConclusionType = (type: string): type is ConclusionType => CONCLUSION_TYPES.has(type);
