import { VOCABULARY } from '@millwright/connections';
import { PlantFilesError, readPlantFiles } from '@millwright/plant-files';
import { formatProblem, loadPlant, type Environment, type Plant } from '@millwright/plant-model';
import { DeviceError } from './devices/device.js';

/** The plant of a file, or of every .yaml and .yml in a folder. Throws {@link DeviceError} with all problems. */
export const readPlant = async (path: string, env: Environment): Promise<Plant> => {
  const loaded = loadPlant(await filesOf(path), { ...VOCABULARY, env });
  if (!loaded.ok) throw new DeviceError(loaded.problems.map(formatProblem).join('\n'));
  return loaded.plant;
};

const filesOf = async (path: string): ReturnType<typeof readPlantFiles> => {
  try {
    return await readPlantFiles(path);
  } catch (error) {
    throw error instanceof PlantFilesError ? new DeviceError(error.message) : error;
  }
};
