import type { LimitLevel } from '@millwright/events';
import { isLimitLevel } from './levels.js';

/** Name of an alarm within its asset: `<signal name>/<level>`. */
export const alarmName = (signal: string, level: LimitLevel): string => `${signal}/${level}`;

/** Signal and level in an alarm's name, or undefined when the text is not one. */
export const splitAlarmName = (alarm: string): { signal: string; level: LimitLevel } | undefined => {
  const slash = alarm.lastIndexOf('/');
  const level = alarm.slice(slash + 1);
  return slash > 0 && isLimitLevel(level) ? { signal: alarm.slice(0, slash), level } : undefined;
};
