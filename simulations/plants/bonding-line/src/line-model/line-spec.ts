import type { QualitySpec } from '@millwright/events';
import type { SignalSimulation, StationSimulation } from '@millwright/plant-model';

/** All that the model needs to know of a line; nothing of protocols. Times are milliseconds of model time. */
export interface LineSpec {
  readonly seed: number;
  /** In the order of flow. */
  readonly stations: readonly StationSpec[];
}

export interface StationSpec extends StationSimulation {
  readonly name: string;
  /** Finds bad parts and takes them out of the line. */
  readonly inspects: boolean;
  /** Its zones (signals that follow a setpoint) heat and cure the parts in process. */
  readonly cures: boolean;
  readonly signals: readonly SignalSpec[];
}

export interface SignalSpec {
  readonly name: string;
  readonly simulation: SignalSimulation;
  /** Limits that a part must keep at an inspecting station. */
  readonly quality?: QualitySpec;
}

/** States that a station of the model can be in; a subset of the operating states. */
export const MODEL_STATES = ['running', 'starved', 'blocked', 'down'] as const;
export type ModelState = (typeof MODEL_STATES)[number];

export interface StateChange {
  readonly kind: 'state';
  readonly time: number;
  readonly station: number;
  readonly state: ModelState;
}

export interface PartDone {
  readonly kind: 'part';
  readonly time: number;
  readonly station: number;
  /** Number of the part, from 1, in the order of loading. */
  readonly part: number;
  readonly result: 'good' | 'scrap';
}

export type LineEvent = StateChange | PartDone;
