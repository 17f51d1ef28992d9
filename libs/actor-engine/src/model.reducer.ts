import { canonicalJson, type AssetModel } from '@millwright/events';
import { endAlarms, relimitAlarms } from './alarms.reducer.js';
import { retellDeviceState } from './device.reducer.js';
import { keepKeys } from './own.js';
import { reduceRange } from './range.reducer.js';
import { planOf } from './signal-plan.js';
import { trustedSample, type Turn } from './turn.js';

/**
 * The asset has another model from now on. What is known of its signals stays and is judged by the new one; what the model no longer has
 * is forgotten. The silence timer starts anew.
 */
export const applyModel = (turn: Turn, model: AssetModel): void => {
  const before = turn.model;
  const wasOnline = turn.operatingState !== 'offline';
  relimitAlarms(turn, before, model);
  forgetRemoved(turn, before, model);
  if (model.type === before.type) {
    turn.model = model;
    turn.send({ type: 'model', model });
  } else {
    turn.restart(model);
  }
  if (turn.wantsRanges) retellRanges(turn);
  if (wasOnline) retellDeviceState(turn);
  turn.restartSilence();
};

/** The plant file no longer has the asset: its alarms end. */
export const retire = (turn: Turn): void => {
  endAlarms(turn);
  const { counters, ranges } = turn.inputs;
  turn.inputs = { counters, ranges };
  turn.send({ type: 'retire' });
};

const forgetRemoved = (turn: Turn, before: AssetModel, after: AssetModel): void => {
  const { signals, stateSignal } = planOf(after);
  const { device, unknownCode, counters } = turn.inputs;
  const sameStates = canonicalJson(statesOf(before)) === canonicalJson(statesOf(after));
  turn.signals = keepKeys(turn.signals, (name) => signals.has(name));
  turn.inputs = {
    ...(sameStates && stateSignal && device !== undefined && { device }),
    ...(sameStates && stateSignal && unknownCode !== undefined && { unknownCode }),
    counters: keepKeys(counters, (name) => signals.get(name)?.signal.role.endsWith('-count') === true),
    ranges: {},
  };
};

const statesOf = (model: AssetModel): unknown => {
  const signal = planOf(model).stateSignal;
  return signal && { name: signal.name, states: signal.states };
};

/** A machine may ask for other signals with another model: what is known of each range is told again. */
const retellRanges = (turn: Turn): void => {
  for (const signal of turn.model.signals) {
    const sample = signal.normalRange && trustedSample(turn, signal.name);
    if (sample) reduceRange(turn, signal, sample.value);
  }
};
