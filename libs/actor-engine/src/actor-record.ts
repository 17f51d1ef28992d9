import type { AssetId, AssetModel, Conclusion, Sample } from '@millwright/events';

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
  readonly record: ActorRecord;
  /** In order; the n-th one's id is `outboxId(asset, event.id, n)`. */
  readonly emitted: readonly Emitted[];
}
