import { inRange } from '@millwright/alarms';
import type { SampleValue, SignalModel } from '@millwright/events';
import { own } from './own.js';
import type { Turn } from './turn.js';

/** Tells the machine when a signal enters or leaves its normal range; the first value always tells. */
export const reduceRange = (turn: Turn, { name, normalRange }: SignalModel, value: SampleValue): void => {
  if (typeof value !== 'number') return;
  const inside = inRange(normalRange, value);
  if (own(turn.inputs.inRange, name) === inside) return;
  turn.inputs = { ...turn.inputs, inRange: { ...turn.inputs.inRange, [name]: inside } };
  turn.send({ type: inside ? 'range.entered' : 'range.left', signal: name });
};
