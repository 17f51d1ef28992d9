import type { AlarmLimits, LimitLevel } from '@millwright/events';

/** One of the four limits that a signal can have. */
interface Level {
  readonly level: LimitLevel;
  readonly key: 'low' | 'lowLow' | 'high' | 'highHigh';
  readonly side: 'low' | 'high';
}

/** Inner limits before outer ones: a jump through both raises them in this order. */
export const LEVELS: readonly Level[] = [
  { level: 'low', key: 'low', side: 'low' },
  { level: 'low-low', key: 'lowLow', side: 'low' },
  { level: 'high', key: 'high', side: 'high' },
  { level: 'high-high', key: 'highHigh', side: 'high' },
];

const BY_LEVEL = new Map(LEVELS.map((level) => [level.level, level]));

/** The limit of one level, or undefined where the signal has none. */
export const limitOf = (limits: AlarmLimits | undefined, level: LimitLevel): number | undefined =>
  limits?.[BY_LEVEL.get(level)!.key];

export const isLimitLevel = (text: string): text is LimitLevel => BY_LEVEL.has(text as LimitLevel);
