import type { ComponentHealth } from '@millwright/actor-host';
import { STATION_TYPES } from '@millwright/asset-machines';
import { formatProblem, loadPlant, type Plant, type PlantProblem } from '@millwright/plant-model';
import { PlantFilesError, type PlantFileText } from './plant-files.js';
import { PROTOCOLS } from './protocols.js';

export interface LoadedPlant {
  readonly plant: Plant;
  /** Of the files that had to be left out; empty when all are good. */
  readonly problems: readonly PlantProblem[];
}

/**
 * The plant of all files without a mistake. A file with one is left out whole, so that the other lines run on; its assets keep the models
 * they had. Throws {@link PlantFilesError} with every problem when no file is left.
 */
export const loadGoodFiles = (
  files: readonly PlantFileText[],
  env: Readonly<Record<string, string | undefined>>,
): LoadedPlant => {
  const problems: PlantProblem[] = [];
  for (let good = files; good.length > 0;) {
    const loaded = loadPlant(good, { protocols: PROTOCOLS, stationTypes: STATION_TYPES, env });
    if (loaded.ok) return { plant: loaded.plant, problems };
    problems.push(...loaded.problems);
    const bad = new Set(loaded.problems.map((p) => p.file));
    good = good.filter(({ file }) => !bad.has(file));
  }
  throw new PlantFilesError(problems.map(formatProblem).join('\n'));
};

export const plantHealth = ({ plant, problems }: LoadedPlant): ComponentHealth => {
  const name = 'plant files';
  const stations = plant.assets.filter((a) => a.kind === 'station').length;
  if (problems.length === 0) {
    return { name, state: 'up', detail: `${stations} stations, ${plant.bindings.length} signals` };
  }
  return { name, state: 'degraded', detail: `left out until mended: ${problems.map(formatProblem).join('; ')}` };
};
