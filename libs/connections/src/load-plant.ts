import type { ComponentHealth } from '@millwright/actor-host';
import { STATION_TYPES } from '@millwright/asset-machines';
import { PlantFilesError, readPlantFiles } from '@millwright/plant-files';
import {
  formatProblem,
  loadPlant,
  type Environment,
  type Plant,
  type PlantFile,
  type PlantProblem,
  type PlantVocabulary,
} from '@millwright/plant-model';
import { PROTOCOLS } from './protocols.js';

export interface LoadedPlant {
  readonly plant: Plant;
  /** Of the files that had to be left out; empty when all are good. */
  readonly problems: readonly PlantProblem[];
}

/** All that plant files may name. */
export const VOCABULARY: PlantVocabulary = { protocols: PROTOCOLS, stationTypes: STATION_TYPES };

/** The plant of a file or folder; see {@link loadGoodFiles}. Throws {@link PlantFilesError} when nothing of it can be used. */
export const loadPlantAt = async (path: string, env: Environment): Promise<LoadedPlant> =>
  loadGoodFiles(await readPlantFiles(path), env);

/**
 * The plant of all files without a mistake. A file with one is left out whole, so that the other lines run on; its assets keep the models
 * they had. Throws {@link PlantFilesError} with every problem when no file is left.
 */
export const loadGoodFiles = (files: readonly PlantFile[], env: Environment): LoadedPlant => {
  const problems: PlantProblem[] = [];
  for (let good = files; good.length > 0;) {
    const loaded = loadPlant(good, { ...VOCABULARY, env });
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
