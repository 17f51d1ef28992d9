import 'reflect-metadata';
import { join } from 'node:path';
import { loadPlantAt } from '@millwright/connections';
import { PlantFilesError } from '@millwright/plant-files';
import { consoleReporter as report, orEnd, runProcess, SettingsError } from '@millwright/process';
import { startServer } from './server.js';
import { readSettings, usage } from './settings.js';
import { startFailure } from './start-failure.js';

if (process.argv.includes('--help')) {
  console.log(usage());
  process.exit(0);
}
const settings = await orEnd(() => readSettings(process.argv.slice(2), process.env), SettingsError);
const loaded = await orEnd(() => loadPlantAt(settings.plant, process.env), PlantFilesError);
const playgroundDir = join(import.meta.dirname, '../../playground/dist');

const { origin } = await runProcess({
  name: 'server',
  report,
  start: (failures) => startServer({ settings, loaded, playgroundDir, report, failures }),
  explain: (error) => startFailure(error, settings),
});
console.log(`READY playground ${origin}/  GraphQL ${origin}/graphql  health ${origin}/health`);
