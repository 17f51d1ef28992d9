import { rangePosition } from '@millwright/alarms';
import type { SampleValue, SignalModel } from '@millwright/events';
import { own } from './own.js';
import type { Turn } from './turn.js';

/** Tells the machine when a signal comes to another side of its normal range; the first value always tells. */
export const reduceRange = (turn: Turn, { name, normalRange }: SignalModel, value: SampleValue): void => {
  if (typeof value !== 'number') return;
  const position = rangePosition(normalRange, value);
  const { ranges } = turn.inputs;
  if (own(ranges, name) === position) return;
  turn.inputs = { ...turn.inputs, ranges: { ...ranges, [name]: position } };
  turn.send({ type: `range.${position}`, signal: name });
};
