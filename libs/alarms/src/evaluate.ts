import { qualityKind, type AlarmLimits, type AlarmState, type SampleValue, type StatusCode } from '@millwright/events';
import { DEFAULT_PRIORITY, NO_CHANGES, type AlarmChange, type SignalAlarms } from './alarm-change.js';
import { LEVELS } from './levels.js';

/** ISA-18.2, figure 3: what a value beyond its limit does to an alarm. */
const ON_BEYOND: Readonly<Record<AlarmState, AlarmState>> = {
  normal: 'unacknowledged',
  unacknowledged: 'unacknowledged',
  acknowledged: 'acknowledged',
  'returned-unacknowledged': 'unacknowledged',
};

/** And what a value back by the deadband does to it. */
const ON_RETURN: Readonly<Record<AlarmState, AlarmState>> = {
  normal: 'normal',
  unacknowledged: 'returned-unacknowledged',
  acknowledged: 'normal',
  'returned-unacknowledged': 'returned-unacknowledged',
};

/**
 * What one sample changes in the alarms of its signal; `alarms` are those before it. A value beyond a limit raises its alarm; it returns
 * when the value is back inside by the deadband; between the two everything stays. Samples of bad quality and values that are no numbers
 * change nothing. Each level lives on its own, so a jump raises both `high` and `high-high`.
 */
export const evaluate = (
  limits: AlarmLimits,
  alarms: SignalAlarms,
  value: SampleValue,
  status: StatusCode,
): readonly AlarmChange[] => {
  if (typeof value !== 'number' || qualityKind(status) === 'bad') return NO_CHANGES;
  const deadband = limits.deadband ?? 0;
  let changes: AlarmChange[] | undefined;
  for (const { level, key, side } of LEVELS) {
    const limit = limits[key];
    if (limit === undefined) continue;
    const from: AlarmState = alarms[level] ?? 'normal';
    const beyond = side === 'high' ? value > limit : value < limit;
    const back = side === 'high' ? value <= limit - deadband : value >= limit + deadband;
    const to = beyond ? ON_BEYOND[from] : back ? ON_RETURN[from] : from;
    if (to === from) continue;
    changes ??= [];
    changes.push({ level, priority: limits.priority ?? DEFAULT_PRIORITY, limit, from, to, value });
  }
  return changes ?? NO_CHANGES;
};
