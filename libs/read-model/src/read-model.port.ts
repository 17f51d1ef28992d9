import type {
  AlarmPriority,
  AlarmState,
  AssetId,
  AssetModel,
  LimitLevel,
  OperatingState,
  SampleValue,
  SignalId,
  StatusCode,
} from '@millwright/events';
import type { Position } from '@millwright/event-store';

/** A moment of the plant: every answer is true at one. `time` is when the log recorded the position, epoch milliseconds. */
export interface Moment {
  readonly position: Position;
  readonly time: number;
}

export type AsOf = { readonly position: Position } | { readonly time: number };

/** All times are epoch milliseconds; ranges are half-open: from <= t < to. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

export interface AssetView {
  readonly model: AssetModel;
  /** When this version of the model was applied. */
  readonly since: number;
  readonly position: Position;
}

export interface StateView {
  readonly asset: AssetId;
  readonly state: OperatingState;
  readonly reason: string;
  readonly since: number;
  readonly position: Position;
}

export interface StateSpan {
  readonly asset: AssetId;
  readonly state: OperatingState;
  readonly reason: string;
  readonly start: number;
  /** Absent while the state lasts at the moment asked for. */
  readonly end?: number;
  readonly position: Position;
}

export interface SampleView {
  readonly signal: SignalId;
  readonly value: SampleValue;
  readonly status: StatusCode;
  /** Source time. */
  readonly time: number;
  readonly serverTime?: number;
  /** Time of the event that recorded it. */
  readonly eventTime: number;
  readonly position: Position;
}

export interface HistoryRequest {
  readonly signal: SignalId;
  readonly range: TimeRange;
  /** Width of a bucket, milliseconds; absent: raw samples. */
  readonly bucketMs?: number;
  /** Most points to return, oldest first; the answer says `truncated` when there were more. */
  readonly limit: number;
}

/**
 * Columns of equal length, ordered by time (raw: by time, then position). Buckets start at multiples of `bucketMs` since the epoch and
 * only those with a sample are there; samples outside the range are in none of them. `avg`, `min`, `max` are of numeric samples that are
 * not bad, null where there is none. Raw: `last` is the value, `count` is 1.
 */
export interface SignalHistory {
  readonly bucketMs?: number;
  readonly time: readonly number[];
  readonly avg: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  readonly last: readonly (SampleValue | null)[];
  readonly count: readonly number[];
  /** Status of `last`. */
  readonly status: readonly StatusCode[];
  readonly truncated: boolean;
}

export interface PartCounts {
  readonly asset: AssetId;
  readonly good: number;
  readonly scrap: number;
  /**
   * Mean time between completions in the range, milliseconds, over those that have one, each weighed by its parts; null without
   * any.
   */
  readonly meanCycleTimeMs: number | null;
}

export interface AlarmView {
  readonly asset: AssetId;
  /** `<signal name>/<level>`. */
  readonly alarm: string;
  readonly signal: string;
  readonly level: LimitLevel;
  readonly priority: AlarmPriority;
  readonly limit: number;
  readonly state: AlarmState;
  /** When it was last raised, and the value then. */
  readonly raisedAt: number;
  readonly value: number;
  readonly acknowledgedAt?: number;
  readonly acknowledgedBy?: string;
  readonly note?: string;
  readonly clearedAt?: number;
  /** How often it was raised up to this moment. */
  readonly occurrences: number;
  /** Position of its latest change. */
  readonly position: Position;
}

export interface AlarmRequest {
  /** Only assets at or below this path. */
  readonly under?: AssetId;
  readonly states?: readonly AlarmState[];
  readonly limit: number;
}

/** received = stored + filtered + rejected, per signal since the first event. `signal` is `<asset>:<name>`. */
export interface LedgerView {
  readonly signal: SignalId;
  readonly connection: string;
  readonly received: number;
  readonly stored: number;
  readonly filtered: readonly { readonly rule: string; readonly count: number }[];
  readonly rejected: readonly { readonly reason: string; readonly count: number; readonly example?: string }[];
}

/** The moment asked for cannot be answered: before the first event, after the last, or outside a fork. */
export class MomentError extends Error {
  override readonly name = 'MomentError';
  readonly code: 'before-start' | 'after-head' | 'outside-fork';
  constructor(code: 'before-start' | 'after-head' | 'outside-fork', message: string) {
    super(message);
    this.code = code;
  }
}

/** What can be asked about the plant, or about a fork of it, at any moment. Answers depend on the moment only. */
export interface ReadModel {
  /** The latest moment that can be asked for; undefined while nothing has been projected. */
  head(): Promise<Moment | undefined>;
  /**
   * The moment meant; without argument the head. A position or a time means the last event at or before it; a time after the head is the head,
   * since a silent plant is what it was. Throws {@link MomentError}.
   */
  moment(asOf?: AsOf): Promise<Moment>;
  /** Resolves once everything up to the position has been projected; rejects after the deadline. */
  reached(position: Position, deadlineMs: number): Promise<void>;

  /** Every asset that exists at the moment, parents before children, siblings in the order of the plant file. */
  assets(at: Moment): Promise<readonly AssetView[]>;
  /** One entry per asset asked for, undefined where nothing is known yet. */
  states(at: Moment, assets: readonly AssetId[]): Promise<readonly (StateView | undefined)[]>;
  /** The sample with the latest source time of each signal, undefined where there is none. */
  latest(at: Moment, signals: readonly SignalId[]): Promise<readonly (SampleView | undefined)[]>;
  history(at: Moment, request: HistoryRequest): Promise<SignalHistory>;
  /** Spans that overlap the range, or begin within it and last no time, oldest first, at most `limit`. */
  timeline(at: Moment, asset: AssetId, range: TimeRange, limit: number): Promise<readonly StateSpan[]>;
  /** Parts whose completion lies in the range; without range, all up to the moment. */
  counts(at: Moment, assets: readonly AssetId[], range?: TimeRange): Promise<readonly PartCounts[]>;
  /** Alarms that were raised at least once, latest change first. */
  alarms(at: Moment, request: AlarmRequest): Promise<readonly AlarmView[]>;
  ledger(at: Moment, under?: AssetId): Promise<readonly LedgerView[]>;
}
