import type { AssetId } from './ids.js';
import type { OperatingState } from './states.js';

/** ISA-95 level of an asset. */
export type AssetKind = 'enterprise' | 'site' | 'area' | 'line' | 'station';

export type DataType = 'number' | 'integer' | 'boolean' | 'text';

/**
 * What a signal tells its asset's machine:
 * `operating-state` (mapped by `states`), `good-count` / `scrap-count` (cumulative counters of the device),
 * `part-result` (one sample per inspected part: true or "pass" is good). Any other signal is a plain measurement.
 */
export type SignalRole = 'operating-state' | 'good-count' | 'scrap-count' | 'part-result' | 'measurement';

export interface Range {
  readonly low?: number;
  readonly high?: number;
}

export type AlarmPriority = 'critical' | 'high' | 'medium' | 'low';
export type LimitLevel = 'low-low' | 'low' | 'high' | 'high-high';

/** Alarm limits of one signal, in the signal's unit. A limit clears only beyond `deadband` (ISA-18.2, 3.1). */
export interface AlarmLimits {
  readonly lowLow?: number;
  readonly low?: number;
  readonly high?: number;
  readonly highHigh?: number;
  readonly deadband?: number;
  readonly priority?: AlarmPriority;
}

export interface QualitySpec {
  readonly characteristic: string;
  readonly lower?: number;
  readonly target?: number;
  readonly upper?: number;
}

/** Where a signal comes from, for people to read; holds no credentials. */
export interface SignalSource {
  readonly connection: string;
  readonly protocol: string;
  readonly address: string;
}

export interface SignalModel {
  readonly name: string;
  readonly label?: string;
  readonly dataType: DataType;
  /** UCUM code, e.g. `Cel`, `m/min`. */
  readonly unit?: string;
  readonly role: SignalRole;
  /** For role operating-state: the device's code, as text, to the operating state. */
  readonly states?: Readonly<Record<string, OperatingState>>;
  readonly normalRange?: Range;
  readonly alarms?: AlarmLimits;
  readonly spec?: QualitySpec;
  readonly source?: SignalSource;
}

/** Everything that an actor and a reader must know of one asset; the payload of ModelApplied. */
export interface AssetModel {
  readonly asset: AssetId;
  readonly name: string;
  readonly kind: AssetKind;
  /** Asset type: names the machine that drives the actor (`station`, `oven`, `line`, `group` …). */
  readonly type: string;
  readonly parent?: AssetId;
  /** Direct children in the order of the plant file; for a line, its stations in the order of flow. */
  readonly children: readonly AssetId[];
  readonly signals: readonly SignalModel[];
  /** Ideal cycle time per part (ISO 22400-2: planned runtime per item), milliseconds. */
  readonly idealCycleTimeMs?: number;
  /** Silence after which the asset counts as offline, milliseconds. */
  readonly staleAfterMs?: number;
}
