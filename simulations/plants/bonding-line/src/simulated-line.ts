import type { AssetModel } from '@millwright/events';
import type { Plant, SimulatedLine, SimulatedStation } from '@millwright/plant-model';
import type { DevicePoint } from './devices/device.js';
import type { LineSpec, StationSpec } from './line-model/line-spec.js';
import { signalSource, type Source } from './signal-source.js';

/** One bound signal of a simulated station. */
export interface LinePoint extends DevicePoint {
  readonly connection: string;
  readonly intervalMs: number;
  /** Index of the station in the line. */
  readonly station: number;
  readonly source: Source;
  /** Gets a new value with each part, not only with time. */
  readonly perPart: boolean;
}

/** What the model needs of a line in the plant file. */
export const lineSpecOf = (plant: Plant, line: SimulatedLine, seed: number): LineSpec => ({
  seed,
  stations: line.stations.map((station) => stationSpec(assetOf(plant, station), station)),
});

/** The bound signals of the line's simulated stations. Throws DeviceError for one that cannot be simulated. */
export const linePointsOf = (plant: Plant, line: SimulatedLine): LinePoint[] =>
  line.stations.flatMap((simulated, station) => {
    const { signals } = assetOf(plant, simulated);
    return plant.bindings
      .filter((binding) => binding.asset === simulated.asset)
      .map(({ signal: id, address, connection, intervalMs, edge }) => {
        const signal = signals.find((s) => id === `${simulated.asset}:${s.name}`)!;
        const { dataType, role } = signal;
        const source = signalSource(id, signal, edge);
        const perPart = role !== 'operating-state' && (role !== 'measurement' || isPerPart(simulated, signal.name));
        return { signal: id, address, dataType, role, connection, intervalMs, station, source, perPart };
      });
  });

const assetOf = (plant: Plant, { asset }: SimulatedStation): AssetModel => plant.assets.find((a) => a.asset === asset)!;

const isPerPart = ({ signals }: SimulatedStation, name: string): boolean => {
  const simulation = signals[name];
  if (simulation === undefined) return false;
  if ('output' in simulation) return simulation.output === 'bond-strength';
  return 'perPart' in simulation || ('per' in simulation && simulation.per === 'part');
};

const stationSpec = (asset: AssetModel, { signals, ...station }: SimulatedStation): StationSpec => ({
  ...station,
  name: asset.asset.slice(asset.asset.lastIndexOf('/') + 1),
  inspects: asset.signals.some((s) => s.role === 'part-result' || s.role === 'scrap-count'),
  cures: asset.type === 'oven',
  signals: Object.entries(signals).map(([name, simulation]) => {
    const quality = asset.signals.find((s) => s.name === name)?.spec;
    return { name, simulation, ...(quality && { quality }) };
  }),
});
