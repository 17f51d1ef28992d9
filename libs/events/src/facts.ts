import type { AssetModel } from './model.js';
import type { SampleColumns } from './samples.js';

/** Count of samples of one signal that a stated rule kept out of the log, or that were refused. */
export interface LedgerEntry {
  readonly signal: string;
  /** Machine-readable rule or reason, e.g. `deadband`, `not-a-number`, `wrong-type`. */
  readonly reason: string;
  readonly count: number;
  /** The last refused value as text, cut to 100 characters. */
  readonly example?: string;
}

/**
 * One batch of one asset from one gateway. `received = samples + filtered + rejected` holds in every batch, so the
 * ledger is exact whatever happens to the process. `sequence` numbers the gateway's samples of this asset that were
 * stored; the first sample of the batch has it.
 */
export interface SamplesRecorded extends SampleColumns {
  readonly gateway: string;
  readonly connection: string;
  readonly sequence: number;
  readonly filtered?: readonly LedgerEntry[];
  readonly rejected?: readonly LedgerEntry[];
}

export interface ConnectionLost {
  readonly connection: string;
  readonly reason: string;
}
export interface ConnectionRestored {
  readonly connection: string;
}
/** The silence was real: logical timers up to the event's time have fired. */
export type TimeAdvanced = Record<string, never>;
export interface ModelApplied {
  readonly model: AssetModel;
  readonly modelHash: string;
}
/** The plant file no longer has the asset. */
export type AssetRetired = Record<string, never>;
export interface AlarmAcknowledged {
  readonly alarm: string;
  readonly by: string;
  readonly note?: string;
}

/** Payloads of the facts in `asset-<id>`, by event type. */
export interface FactPayloads {
  SamplesRecorded: SamplesRecorded;
  ConnectionLost: ConnectionLost;
  ConnectionRestored: ConnectionRestored;
  TimeAdvanced: TimeAdvanced;
  ModelApplied: ModelApplied;
  AssetRetired: AssetRetired;
  AlarmAcknowledged: AlarmAcknowledged;
}
