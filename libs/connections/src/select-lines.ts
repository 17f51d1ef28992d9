import type { AssetId } from '@millwright/events';
import type { Plant } from '@millwright/plant-model';

export class UnknownLineError extends Error {
  override readonly name = 'UnknownLineError';
}

/**
 * The plant cut down to some lines, without what is above them. A line is named by its id in its file, or by its whole path where two areas
 * have lines of one name. Throws {@link UnknownLineError} for a name that no line, or more than one, has.
 */
export const selectLines = (plant: Plant, names: readonly string[]): Plant => {
  const all = plant.assets.filter(({ kind }) => kind === 'line').map(({ asset }) => asset);
  const lines = names.map((name) => lineNamed(name, all));
  const within = (id: string): boolean => lines.some((line) => id === line || id.startsWith(`${line}/`));
  return {
    assets: plant.assets.filter(({ asset }) => within(asset)),
    connections: plant.connections.filter(({ name }) => within(name)),
    bindings: plant.bindings.filter(({ asset }) => within(asset)),
    simulations: plant.simulations.filter(({ line }) => within(line)),
  };
};

const lineNamed = (name: string, all: readonly AssetId[]): AssetId => {
  const found = all.filter((line) => line === name || line.endsWith(`/${name}`));
  if (found.length === 1) return found[0]!;
  throw new UnknownLineError(
    found.length === 0
      ? `the plant has no line "${name}"; it has ${all.join(', ')}`
      : `"${name}" may be ${found.join(' or ')}; write the whole path`,
  );
};
