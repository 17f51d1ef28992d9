import type { AnyStateMachine } from 'xstate';
import { groupMachine } from './group.machine.js';
import { lineMachine } from './line.machine.js';
import { ovenMachine } from './oven.machine.js';
import { stationMachine } from './station.machine.js';

/** A kind of asset: the machine that drives it, and whether it may stand where a plant file has a station. */
export interface AssetType {
  readonly machine: AnyStateMachine;
  readonly station: boolean;
}

/** Every asset type by its name; a new one is a machine file and a line here. */
const REGISTRY = new Map<string, AssetType>([
  ['station', { machine: stationMachine, station: true }],
  ['oven', { machine: ovenMachine, station: true }],
  ['line', { machine: lineMachine, station: false }],
  ['group', { machine: groupMachine, station: false }],
]);

export const ASSET_TYPES: readonly string[] = [...REGISTRY.keys()];
/** Asset types that a plant file may name for a station. */
export const STATION_TYPES: readonly string[] = ASSET_TYPES.filter((type) => REGISTRY.get(type)!.station);

/** The asset type of a name; throws for one that is not registered. */
export const assetType = (name: string): AssetType => {
  const type = REGISTRY.get(name);
  if (type) return type;
  throw new Error(`there is no asset type "${name}"; expected one of ${ASSET_TYPES.join(', ')}`);
};
