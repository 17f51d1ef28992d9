import type { AlarmLimits, AlarmState, LimitLevel } from '@millwright/events';
import { DEFAULT_PRIORITY, type AlarmChange, type SignalAlarms } from './alarm-change.js';
import { limitOf } from './levels.js';

const ON_ACKNOWLEDGE: Readonly<Partial<Record<AlarmState, AlarmState>>> = {
  unacknowledged: 'acknowledged',
  'returned-unacknowledged': 'normal',
};

/** What acknowledging one alarm changes; undefined when there is nothing to acknowledge. */
export const acknowledge = (
  limits: AlarmLimits | undefined,
  alarms: SignalAlarms,
  level: LimitLevel,
): AlarmChange | undefined => {
  const from = alarms[level];
  const limit = limitOf(limits, level);
  const to = from && ON_ACKNOWLEDGE[from];
  if (from === undefined || to === undefined || limit === undefined) return undefined;
  return { level, priority: limits?.priority ?? DEFAULT_PRIORITY, limit, from, to };
};
