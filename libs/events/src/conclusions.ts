import type { AlarmPriority, LimitLevel } from './model.js';
import type { AlarmState, OperatingState } from './states.js';

/**
 * The asset is in another operating state, or in the same one for another reason (`from` = `to`). The first conclusion of every actor is
 * one from `offline` to `offline`, so that its timeline begins with its model.
 */
export interface OperatingStateChanged {
  readonly from: OperatingState;
  readonly to: OperatingState;
  /** Why, in a few words of the field: `device state`, `connection lost: …`, `silent for 30 s`. */
  readonly reason: string;
}

export interface CycleCompleted {
  readonly result: 'good' | 'scrap';
  /** Parts since the last report; above one when the device's counter jumped. */
  readonly parts: number;
  /** Time since the previous completion divided by parts, milliseconds; absent for the first one, 0 for a second one of the same instant. */
  readonly cycleTimeMs?: number;
  /** Totals since the actor's first fact, this completion included. */
  readonly goodTotal: number;
  readonly scrapTotal: number;
}

/** Every step of one alarm's life: raised, acknowledged, returned to normal. `alarm` is `<signal name>/<level>`. */
export interface AlarmStateChanged {
  readonly alarm: string;
  readonly signal: string;
  readonly level: LimitLevel;
  readonly priority: AlarmPriority;
  readonly limit: number;
  readonly from: AlarmState;
  readonly to: AlarmState;
  /** The value that crossed the limit or came back; absent when none did: acknowledged, limit removed, asset retired. */
  readonly value?: number;
  readonly by?: string;
  /** The operator's, or why an alarm ended without one: `limit removed`, `asset retired`. */
  readonly note?: string;
}

/** Payloads of the conclusions in `derived-<id>`, by event type. */
export interface ConclusionPayloads {
  OperatingStateChanged: OperatingStateChanged;
  CycleCompleted: CycleCompleted;
  AlarmStateChanged: AlarmStateChanged;
}

/** What every conclusion says of its origin, in the event's metadata. */
export interface Derivation {
  /** Id of the event that caused it; the last one folded when a timer fired. */
  readonly causationId: string;
  /** Id and definition hash of the machine that concluded it. */
  readonly machine: string;
  readonly definitionHash: string;
}
