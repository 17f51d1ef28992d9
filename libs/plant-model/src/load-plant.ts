import { assemble } from './assemble.js';
import { check } from './check.js';
import { Cursor } from './cursor.js';
import type { Environment } from './environment.js';
import { plantFileSchema } from './file-schema.js';
import { PlantSource, type PlantFile } from './plant-source.js';
import type { Plant } from './plant.js';
import type { PlantProblem } from './problem.js';
import type { ProtocolSchema } from './protocol-schema.js';
import { checkConnections } from './rules/connections.rule.js';
import { checkFiles } from './rules/files.rule.js';
import { checkNames } from './rules/names.rule.js';
import { checkSignals } from './rules/signals.rule.js';

/** What the plant files may name. */
export interface PlantVocabulary {
  readonly protocols: readonly ProtocolSchema[];
  /** Asset types that a station may have. */
  readonly stationTypes: readonly string[];
}

export interface LoadPlantOptions extends PlantVocabulary {
  /** For `${NAME}` and `${NAME:-default}` in the files. */
  readonly env: Environment;
}

export type LoadedPlant =
  { readonly ok: true; readonly plant: Plant } | { readonly ok: false; readonly problems: readonly PlantProblem[] };

/** Reads plant files, one line each, into one plant; or says everything that is wrong in all of them, in the order of files and lines. Never throws. */
export const loadPlant = (
  files: readonly PlantFile[],
  { protocols, stationTypes, env }: LoadPlantOptions,
): LoadedPlant => {
  const schema = plantFileSchema(
    protocols.map((p) => p.name),
    stationTypes,
  );
  const sources = files.map((file) => new PlantSource(file, env));
  const readable = sources.filter(({ value }) => value !== undefined);
  for (const source of readable) {
    check(source, schema, []);
    const file = new Cursor(source);
    checkNames(file);
    checkConnections(file, protocols);
    for (const station of file.at('stations').items) checkSignals(station);
  }
  checkFiles(readable.map((source) => new Cursor(source)));
  const problems = sources.flatMap((source) =>
    source.problems.toSorted((a, b) => a.line - b.line || a.column - b.column),
  );
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, plant: assemble(sources.map(({ value }) => ({ content: schema.parse(value), protocols }))) };
};
