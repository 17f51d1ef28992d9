import type { AlarmPriority, AlarmState, LimitLevel } from '@millwright/events';

/** Alarms of one signal that are not normal. */
export type SignalAlarms = Readonly<Partial<Record<LimitLevel, Exclude<AlarmState, 'normal'>>>>;

/** A step in the life of one alarm. */
export interface AlarmChange {
  readonly level: LimitLevel;
  readonly priority: AlarmPriority;
  readonly limit: number;
  readonly from: AlarmState;
  readonly to: AlarmState;
  /** The value that crossed the limit or came back; absent when no value did. */
  readonly value?: number;
  readonly note?: string;
}

export const NO_ALARMS: SignalAlarms = Object.freeze({});
export const NO_CHANGES: readonly AlarmChange[] = Object.freeze([]);

/** Priority of limits that state none. */
export const DEFAULT_PRIORITY: AlarmPriority = 'medium';

/** The signal's alarms after the changes; the same object when there are none. */
export const applyChanges = (alarms: SignalAlarms, changes: readonly AlarmChange[]): SignalAlarms => {
  if (changes.length === 0) return alarms;
  const next: Partial<Record<LimitLevel, Exclude<AlarmState, 'normal'>>> = { ...alarms };
  for (const { level, to } of changes) {
    if (to === 'normal') delete next[level];
    else next[level] = to;
  }
  return Object.keys(next).length === 0 ? NO_ALARMS : next;
};
