import { type OperatingState, type SampleValue, type SignalModel } from '@millwright/events';
import type { EdgeRule } from '@millwright/plant-model';
import { DeviceError } from './devices/device.js';
import { MODEL_STATES, type ModelState } from './line-model/line-spec.js';
import type { Station } from './line-model/station.js';

/** What a device says of its station just now; `result` is that of the part just finished, if one was. */
export type Source = (station: Station, result?: 'good' | 'scrap') => SampleValue;

/** A device that does not know a state says the nearest one it knows. */
const STANDS_FOR: Readonly<Record<ModelState, readonly OperatingState[]>> = {
  running: ['running'],
  starved: ['starved', 'idle', 'blocked'],
  blocked: ['blocked', 'idle', 'starved'],
  down: ['down', 'maintenance', 'offline', 'idle'],
};

/** Decimals of a measured number: no sensor tells more. */
const RESOLUTION = 1_000;

/**
 * How a signal's raw value follows from the model: by its role, or by its `simulation:` block. A measurement without one holds the middle
 * of its normal range. `id` is for messages. Throws {@link DeviceError} when the device has no code for a state.
 */
export const signalSource = (id: string, signal: SignalModel, edge: EdgeRule): Source => {
  const { dataType } = signal;
  const raw = (value: number): SampleValue => typed(dataType, (value - (edge.offset ?? 0)) / (edge.scale ?? 1));
  switch (signal.role) {
    case 'operating-state': {
      const codes = stateCodes(id, signal);
      return (station) => codes[station.state];
    }
    case 'good-count':
      return (station) => raw(station.good);
    case 'scrap-count':
      return (station) => raw(station.scrap);
    case 'part-result':
      return (_, result) =>
        dataType === 'text' ? (result === 'scrap' ? 'fail' : 'pass') : typed(dataType, result === 'scrap' ? 0 : 1);
    case 'measurement': {
      const { low, high } = signal.normalRange ?? {};
      const constant = raw(low !== undefined && high !== undefined ? (low + high) / 2 : (low ?? high ?? 0));
      return (station) => {
        const simulated = station.signals.get(signal.name);
        return simulated ? raw(simulated.value) : constant;
      };
    }
  }
};

const typed = (dataType: SignalModel['dataType'], value: number): SampleValue => {
  switch (dataType) {
    case 'number':
      return Math.round(value * RESOLUTION) / RESOLUTION;
    case 'integer':
      return Math.round(value);
    case 'boolean':
      return value >= 0.5;
    case 'text':
      return String(Math.round(value * RESOLUTION) / RESOLUTION);
  }
};

const stateCodes = (id: string, { states, dataType }: SignalModel): Readonly<Record<ModelState, SampleValue>> => {
  const codeOf = (state: ModelState): SampleValue => {
    if (states === undefined) return state;
    for (const wanted of STANDS_FOR[state]) {
      const code = Object.keys(states).find((key) => states[key] === wanted);
      if (code !== undefined)
        return dataType === 'text' ? code : dataType === 'boolean' ? code === 'true' : Number(code);
    }
    throw new DeviceError(
      `${id}: "states" has no code for ${STANDS_FOR[state].join(' or ')}, which the simulated station needs; add one`,
    );
  };
  return Object.fromEntries(MODEL_STATES.map((state) => [state, codeOf(state)])) as Record<ModelState, SampleValue>;
};
