import type { SampleValue, SignalModel } from '@millwright/events';
import { own } from './own.js';
import type { Turn } from './turn.js';

/**
 * A cumulative counter of the device. The first value is where counting starts; a rise counts its difference; a lower value than before is a
 * counter that was reset, and counts from zero.
 */
export const reduceCounter = (turn: Turn, { name, role }: SignalModel, value: SampleValue): void => {
  if (typeof value !== 'number' || value < 0) return;
  const { counters } = turn.inputs;
  const before = own(counters, name);
  if (value === before) return;
  turn.inputs = { ...turn.inputs, counters: { ...counters, [name]: value } };
  if (before === undefined) return;
  const parts = value > before ? value - before : value;
  if (parts > 0) turn.send({ type: 'parts', result: role === 'scrap-count' ? 'scrap' : 'good', parts, at: turn.now });
};

/** One sample per inspected part: true or "pass" is good, anything else is scrap. */
export const reducePartResult = (turn: Turn, value: SampleValue): void => {
  const good = value === true || (typeof value === 'string' && value.trim().toLowerCase() === 'pass');
  turn.send({ type: 'parts', result: good ? 'good' : 'scrap', parts: 1, at: turn.now });
};
