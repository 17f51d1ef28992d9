import { join } from 'node:path';
import { DeviceError } from './devices/device.js';
import { readSettings, USAGE } from './settings.js';

const main = async (): Promise<void> => {
  const settings = readSettings(process.argv.slice(2), join(import.meta.dirname, '..'));
  if (settings === undefined) return console.log(USAGE);
  const { speed, seed, withParent } = settings;
  // Loaded late: the protocols take a second or two, which nobody should wait for to be told of a wrong flag.
  const { readPlant } = await import('./plant-files.js');
  const { startVirtualPlant } = await import('./virtual-plant.js');
  const plant = await startVirtualPlant(await readPlant(settings.plant, process.env), { speed, seed, now: Date.now });

  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void plant.stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (withParent) process.stdin.resume().once('end', stop).once('error', stop);
  console.log(`DEVICES READY ${plant.description}`);
};

main().catch((error: unknown) => {
  console.error(error instanceof DeviceError ? error.message : error);
  process.exit(1);
});
