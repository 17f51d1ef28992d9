import type { AlarmLimits, Sample } from '@millwright/events';
import { applyChanges, DEFAULT_PRIORITY, NO_CHANGES, type AlarmChange, type SignalAlarms } from './alarm-change.js';
import { evaluate } from './evaluate.js';
import { LEVELS } from './levels.js';

/**
 * What new limits change in the alarms of a signal. An alarm whose limit is gone is over, acknowledged or not; the others are judged by the
 * latest sample under the new limits, and stay as they are when there is none that can be trusted.
 */
export const relimit = (
  before: AlarmLimits | undefined,
  after: AlarmLimits | undefined,
  alarms: SignalAlarms,
  latest: Pick<Sample, 'value' | 'status'> | undefined,
  note = 'limit removed',
): readonly AlarmChange[] => {
  const removed: AlarmChange[] = [];
  for (const { level, key } of LEVELS) {
    const from = alarms[level];
    const limit = before?.[key];
    if (from === undefined || limit === undefined || after?.[key] !== undefined) continue;
    removed.push({ level, priority: before?.priority ?? DEFAULT_PRIORITY, limit, from, to: 'normal', note });
  }
  if (after === undefined || latest === undefined) return removed.length === 0 ? NO_CHANGES : removed;
  const judged = evaluate(after, applyChanges(alarms, removed), latest.value, latest.status);
  return removed.length === 0 ? judged : [...removed, ...judged];
};
