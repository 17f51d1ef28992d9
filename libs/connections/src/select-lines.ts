import type { AssetId } from '@millwright/events';
import { formatProblem } from '@millwright/plant-model';
import type { LoadedPlant } from './load-plant.js';

export class UnknownLineError extends Error {
  override readonly name = 'UnknownLineError';
}

/**
 * The plant cut down to some lines, without what is above them. A line is named by its id in its file, or by its whole path where two areas
 * have lines of one name. Throws {@link UnknownLineError} for a name that no line, or more than one, has.
 */
export const selectLines = ({ plant, problems }: LoadedPlant, names: readonly string[]): LoadedPlant => {
  const all = plant.assets.filter(({ kind }) => kind === 'line').map(({ asset }) => asset);
  const leftOut = problems.map((problem) => `; left out: ${formatProblem(problem)}`).join('');
  const lines = names.map((name) => lineNamed(name, all, leftOut));
  const within = (id: string): boolean => lines.some((line) => id === line || id.startsWith(`${line}/`));
  return {
    plant: {
      assets: plant.assets.filter(({ asset }) => within(asset)),
      connections: plant.connections.filter(({ name }) => within(name)),
      bindings: plant.bindings.filter(({ asset }) => within(asset)),
      simulations: plant.simulations.filter(({ line }) => within(line)),
    },
    problems,
  };
};

const lineNamed = (name: string, all: readonly AssetId[], leftOut: string): AssetId => {
  const found = all.filter((line) => line === name || line.endsWith(`/${name}`));
  if (found.length === 1) return found[0]!;
  throw new UnknownLineError(
    found.length === 0
      ? `the plant has no line "${name}"; it has ${all.join(', ')}${leftOut}`
      : `"${name}" may be ${found.join(' or ')}; write the whole path`,
  );
};
