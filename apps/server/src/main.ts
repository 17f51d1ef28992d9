import 'reflect-metadata';
import { join } from 'node:path';
import { BackgroundFailures } from './background-failures.js';
import { consoleReporter } from './console-reporter.js';
import { loadGoodFiles, type LoadedPlant } from './load-plant.js';
import { PlantFilesError, readPlantFiles } from './plant-files.js';
import { startServer, type RunningServer } from './server.js';
import { readSettings, SettingsError, usage, type Settings } from './settings.js';
import { startFailure } from './start-failure.js';

/** Exit codes: 2 for what the user can mend before the start (settings, plant files), 1 for what failed while starting or running. */
const fail = (code: 1 | 2, message: string): never => {
  console.error(message);
  process.exit(code);
};

const settingsOf = (): Settings => {
  if (process.argv.includes('--help')) {
    console.log(usage());
    process.exit(0);
  }
  try {
    return readSettings(process.argv.slice(2), process.env);
  } catch (error) {
    if (error instanceof SettingsError) return fail(2, error.message);
    throw error;
  }
};

const plantOf = async ({ plant }: Settings): Promise<LoadedPlant> => {
  try {
    return loadGoodFiles(await readPlantFiles(plant), process.env);
  } catch (error) {
    if (error instanceof PlantFilesError) return fail(2, error.message);
    throw error;
  }
};

const settings = settingsOf();
const loaded = await plantOf(settings);
const playgroundDir = join(import.meta.dirname, '../../playground/dist');

const failures = new BackgroundFailures(consoleReporter);
let server: RunningServer | undefined;
let ending = false;
const end = async (code: number): Promise<void> => {
  if (ending) return;
  ending = true;
  await server?.close();
  process.exit(code);
};
process.on('SIGINT', () => void end(0));
process.on('SIGTERM', () => void end(0));
process.on('uncaughtException', (error) => {
  consoleReporter.error(`a defect, please report it; the server ends and can be started again: ${error.stack}`);
  void end(1);
});
process.on('unhandledRejection', (reason) => failures.add(reason));

try {
  server = await startServer({ settings, loaded, playgroundDir, report: consoleReporter, failures });
} catch (error) {
  fail(1, startFailure(error, settings));
}
const origin = server!.origin;
console.log(`READY playground ${origin}/  GraphQL ${origin}/graphql  health ${origin}/health`);
