import { qualityKind, type LimitLevel, type Sample, type SignalModel } from '@millwright/events';

/**
 * Where a sample stands: beyond an alarm limit (the outermost one counts), else outside the normal range, else normal. Unknown when its
 * quality is bad, its value is not a number, or the signal has neither limits nor range.
 */
export type LimitState = 'normal' | LimitLevel | 'out-of-range' | 'unknown';

/** The limit state for display: of this one sample, without deadband and memory. */
export const limitState = (
  { alarms, normalRange }: Pick<SignalModel, 'alarms' | 'normalRange'>,
  { value, status }: Pick<Sample, 'value' | 'status'>,
): LimitState => {
  if (typeof value !== 'number' || qualityKind(status) === 'bad') return 'unknown';
  const { lowLow, low, high, highHigh } = alarms ?? {};
  if (highHigh !== undefined && value > highHigh) return 'high-high';
  if (lowLow !== undefined && value < lowLow) return 'low-low';
  if (high !== undefined && value > high) return 'high';
  if (low !== undefined && value < low) return 'low';
  if (rangePosition(normalRange, value) !== 'within') return 'out-of-range';
  return normalRange || [lowLow, low, high, highHigh].some((limit) => limit !== undefined) ? 'normal' : 'unknown';
};

export type RangePosition = 'below' | 'within' | 'above';

/** Where a value lies beside a range, whose ends are part of it; an absent end is open. */
export const rangePosition = (range: SignalModel['normalRange'], value: number): RangePosition => {
  if (range?.low !== undefined && value < range.low) return 'below';
  return range?.high !== undefined && value > range.high ? 'above' : 'within';
};
