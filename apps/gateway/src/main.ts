import { loadPlantAt, selectLines, UnknownLineError, type LoadedPlant } from '@millwright/connections';
import { openLog, shownLog } from '@millwright/open-log';
import { PlantFilesError } from '@millwright/plant-files';
import { consoleReporter as report, listenFailure, orEnd, runProcess, SettingsError } from '@millwright/process';
import { startGateway } from './gateway.js';
import { readSettings, usage } from './settings.js';

if (process.argv.includes('--help')) {
  console.log(usage());
  process.exit(0);
}
const settings = await orEnd(() => readSettings(process.argv.slice(2), process.env), SettingsError);
const { gateway, lines, host, healthPort: port, log } = settings;

const loadLines = async (): Promise<LoadedPlant> => {
  const loaded = await loadPlantAt(settings.plant, process.env);
  return lines === 'all' ? loaded : selectLines(loaded, lines);
};
const loaded = await orEnd(loadLines, PlantFilesError, UnknownLineError);

const { origin, reading } = await runProcess({
  name: 'gateway',
  report,
  start: (failures) => startGateway({ settings, loaded, openLog, report, failures }),
  explain: (error) =>
    listenFailure(error, { host, port, flag: 'health-port', env: 'MILLWRIGHT_HEALTH_PORT' }) ??
    `the gateway could not start: ${error instanceof Error ? error.stack : String(error)}`,
});
report.info(`gateway ${gateway} opens the log ${shownLog(log)}; health ${origin}/health`);
if (await reading) console.log(`READY gateway ${gateway}  log ${shownLog(log)}  health ${origin}/health`);
