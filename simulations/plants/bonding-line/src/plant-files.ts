import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { STATION_TYPES } from '@millwright/asset-machines';
import { modbusProtocol } from '@millwright/connector-modbus';
import { mqttProtocol } from '@millwright/connector-mqtt';
import { opcuaProtocol } from '@millwright/connector-opcua';
import { formatProblem, loadPlant, type Plant } from '@millwright/plant-model';
import { DeviceError } from './devices/device.js';

/** The plant of a file, or of every .yaml and .yml in a folder. Throws {@link DeviceError} with all problems. */
export const readPlant = async (path: string, env: Readonly<Record<string, string | undefined>>): Promise<Plant> => {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new DeviceError(`plant file or folder "${path}" does not exist; set --plant to one that does`);
  const files = found.isDirectory()
    ? (await readdir(path))
        .filter((name) => /\.ya?ml$/.test(name))
        .sort()
        .map((name) => join(path, name))
    : [path];
  const texts = await Promise.all(
    files.map(async (file) => ({ file: relative('.', file), text: await readFile(file, 'utf8') })),
  );
  const protocols = [modbusProtocol, mqttProtocol, opcuaProtocol];
  const loaded = loadPlant(texts, { protocols, stationTypes: STATION_TYPES, env });
  if (!loaded.ok) throw new DeviceError(loaded.problems.map(formatProblem).join('\n'));
  return loaded.plant;
};
