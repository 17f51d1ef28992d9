import type { RangePosition, SignalAlarms } from '@millwright/alarms';
import type { AssetId, AssetModel, Conclusion, OperatingState, Sample } from '@millwright/events';

/** XState's persisted state of a machine without children: plain data. */
export interface MachineState {
  readonly value: unknown;
  readonly context: Readonly<Record<string, unknown>>;
}

/** A pending logical `after` timer. Fires in (deadline, sequence) order. */
export interface LogicalTimer {
  /** XState's id of the delayed event. */
  readonly id: string;
  /** Epoch milliseconds, on the clock of the events. */
  readonly deadline: number;
  readonly sequence: number;
  readonly eventType: string;
}

/** What the reducer remembers of the samples, so that it can tell the machine what changed. */
export interface InputMemory {
  /** The operating state that the device last reported, as far as the model maps it. */
  readonly device?: OperatingState;
  /** The device's code, as text, while the model maps no state to it. */
  readonly unknownCode?: string;
  /** Last value of each cumulative counter, by signal. */
  readonly counters: Readonly<Record<string, number>>;
  /** On which side of its normal range each signal was; only where the machine asks for ranges. */
  readonly ranges: Readonly<Record<string, RangePosition>>;
}

/** Shape of {@link ActorRecord}; raised when it changes, so that no older snapshot is misread. */
export const SCHEMA_VERSION = 1;

/**
 * An actor at one moment, as plain data: it can be stored, shared between forks and compared. Only `step` makes a new one; parts that
 * did not change are shared with the old one.
 */
export interface ActorRecord {
  readonly asset: AssetId;
  readonly model: AssetModel;
  /** Id and definition hash of the machine that this state belongs to. */
  readonly machine: string;
  readonly definitionHash: string;
  readonly schemaVersion: number;
  readonly state: MachineState;
  /** Latest sample of each signal, by source time. */
  readonly signals: Readonly<Record<string, Sample>>;
  /** Alarms that are not normal, by signal. */
  readonly alarms: Readonly<Record<string, SignalAlarms>>;
  readonly inputs: InputMemory;
  readonly timers: readonly LogicalTimer[];
  /** Latest event time folded; never goes back. */
  readonly clock: number;
  /** Number given to the next timer. */
  readonly sequence: number;
  /** Events folded so far. */
  readonly events: number;
}

/** A conclusion and the logical time it became true: the event's, or the deadline of the timer that fired. */
export type Emitted = Conclusion & { readonly time: number };

export interface Step {
  /** Undefined while no model has been applied to the asset: nothing is folded before. */
  readonly record: ActorRecord | undefined;
  /** In order; the n-th one's id is `outboxId(asset, event.id, n)`. */
  readonly emitted: readonly Emitted[];
}
