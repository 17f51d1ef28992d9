import type { Cursor } from '../cursor.js';

/** A limit, and whether it may equal the one before it. */
type Step = readonly [name: string, orEqual: boolean];

const ALARMS: readonly Step[] = [
  ['lowLow', true],
  ['low', true],
  ['high', false],
  ['highHigh', true],
];
const RANGE: readonly Step[] = [
  ['low', true],
  ['high', true],
];
const SPEC: readonly Step[] = [
  ['lower', true],
  ['target', true],
  ['upper', true],
];

/** Limits must rise in their order, and an alarm must be able to clear. */
export const checkLimits = (signal: Cursor): void => {
  const alarms = signal.at('alarms');
  checkOrder(alarms, ALARMS);
  checkOrder(signal.at('normalRange'), RANGE);
  checkOrder(signal.at('spec'), SPEC);
  const [low, high, deadband] = ['low', 'high', 'deadband'].map((name) => alarms.at(name).number);
  if (low !== undefined && high !== undefined && deadband !== undefined && low < high && deadband >= high - low) {
    alarms
      .at('deadband')
      .report(
        'limits-order',
        `expected less than ${high - low}, the distance from low to high, got ${deadband}; otherwise no alarm could clear`,
      );
  }
};

const checkOrder = (limits: Cursor, order: readonly Step[]): void => {
  let below: { name: string; value: number } | undefined;
  let crossed = false;
  for (const [name, orEqual] of order) {
    crossed ||= !orEqual;
    const at = limits.at(name);
    const value = at.number;
    if (value === undefined) continue;
    if (below !== undefined && (crossed ? value <= below.value : value < below.value)) {
      at.report(
        'limits-order',
        `expected ${name} ${crossed ? 'above' : 'at or above'} ${below.name} (${below.value}), got ${value}; correct one of the two`,
      );
    }
    below = { name, value };
    crossed = false;
  }
};
