import type { ConnectionLost, ConnectionRestored, SampleValue, SignalModel } from '@millwright/events';
import { mapState, planOf } from './signal-plan.js';
import { trustedSample, type Turn } from './turn.js';

/** The device reported its state. The machine is told when it differs from the last report, and always while the asset is offline. */
export const reduceDeviceState = (turn: Turn, signal: SignalModel, value: SampleValue): void => {
  const code = String(value);
  const state = mapState(signal, code);
  const { device, unknownCode, counters, ranges } = turn.inputs;
  const offline = turn.operatingState === 'offline';
  if (state === undefined) {
    if (unknownCode === code && !offline) return;
    turn.inputs = { ...turn.inputs, unknownCode: code };
    turn.send({ type: 'device.unknown', code });
    return;
  }
  const changed = device !== state || unknownCode !== undefined;
  if (changed) turn.inputs = { device: state, counters, ranges };
  if (changed || offline) turn.send({ type: `device.${state}`, reason: 'device state' });
};

/**
 * Something was heard of an asset that is offline, though not its state: a steady state may be filtered at the edge. It goes on in the state
 * that the device reported last; one without a signal for its state is idle.
 */
export const hearAgain = (turn: Turn): void => {
  const { device, unknownCode } = turn.inputs;
  if (planOf(turn.model).stateSignal === undefined) {
    tellIdle(turn);
  } else if (device !== undefined && device !== 'offline' && unknownCode === undefined) {
    turn.send({ type: `device.${device}`, reason: 'heard again' });
  }
};

/** The state of a device that does not tell one. */
const tellIdle = (turn: Turn): void => {
  turn.send({ type: 'device.idle', reason: 'heard; no signal tells its operating state' });
};

/** The device's last report once more: by a new model's states, or to another machine. */
export const retellDeviceState = (turn: Turn): void => {
  const { stateSignal } = planOf(turn.model);
  if (!stateSignal) return tellIdle(turn);
  const sample = trustedSample(turn, stateSignal.name);
  if (sample) reduceDeviceState(turn, stateSignal, sample.value);
};

/** Offline with its connection: the one of its operating state, or any where the model does not say which that is. */
const matters = (turn: Turn, connection: string): boolean => {
  const source = planOf(turn.model).stateSignal?.source;
  return source === undefined || source.connection === connection;
};

export const loseConnection = (turn: Turn, { connection, reason }: ConnectionLost): void => {
  if (matters(turn, connection)) turn.send({ type: 'link.lost', reason });
};

export const restoreConnection = (turn: Turn, { connection }: ConnectionRestored): void => {
  if (matters(turn, connection)) turn.send({ type: 'link.restored' });
};
