import type { AlarmStateChanged } from '@millwright/events';
import type { AlarmView } from '@millwright/read-model';

/** An alarm as it stands after a change; asset and position are the row's. */
export type AlarmVersion = Omit<AlarmView, 'asset' | 'position'>;

/**
 * One step of an alarm's life. Raising it begins a new occurrence, without what was said of the last one; a change with a name is somebody's
 * acknowledgement; leaving the states in which the limit is exceeded is its return to normal. Undefined while it was never raised.
 */
export const nextVersion = (
  before: AlarmVersion | undefined,
  change: AlarmStateChanged,
  time: number,
): AlarmVersion | undefined => {
  const { alarm, signal, level, priority, limit, from, to, value, by, note } = change;
  const current = { alarm, signal, level, priority, limit, state: to };
  if (to === 'unacknowledged' && value !== undefined) {
    return { ...current, raisedAt: time, value, occurrences: (before?.occurrences ?? 0) + 1 };
  }
  if (!before) return undefined;
  return {
    ...before,
    ...current,
    ...(by !== undefined && { acknowledgedAt: time, acknowledgedBy: by }),
    ...(note !== undefined && { note }),
    ...(isActive(from) && !isActive(to) && { clearedAt: time }),
  };
};

const isActive = (state: AlarmStateChanged['from']): boolean => state === 'unacknowledged' || state === 'acknowledged';
