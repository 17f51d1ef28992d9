import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { lineOf, startChild, type Child } from '../processes.js';

const server = join(import.meta.dirname, '../../../server/dist/main.js');

/** The line's stations: all signals bound to the generator's topics, every sample kept. */
const plantFile = (mqttPort: number, topics: number, assets: number, qos: 0 | 1): string => {
  const signal = (asset: number, n: number): [string, object] => [
    `s${n}`,
    { dataType: 'number', address: { topic: `bench/a${asset}/s${n}`, path: 'v', timestamp: 't', qos } },
  ];
  const stations = Array.from({ length: assets }, (_, asset) => ({
    id: `a${asset}`,
    name: `Asset ${asset}`,
    type: 'station',
    connection: 'broker',
    signals: Object.fromEntries(Array.from({ length: topics / assets }, (_, n) => signal(asset, n))),
  }));
  return stringify({
    millwright: 1,
    enterprise: { id: 'bench', name: 'Bench' },
    site: { id: 'site', name: 'Site' },
    area: { id: 'area', name: 'Area' },
    line: { id: 'line', name: 'Line' },
    connections: { broker: { protocol: 'mqtt', url: `mqtt://127.0.0.1:${mqttPort}` } },
    stations,
  });
};

export const LINE = 'bench/site/area/line';

export interface MillwrightServer {
  readonly child: Child;
  readonly url: string;
}

/** The server as a user runs it: durable log, actors, read model, GraphQL. */
export const startMillwright = async (
  dir: string,
  mqttPort: number,
  topics: number,
  assets: number,
  qos: 0 | 1,
): Promise<MillwrightServer> => {
  const plant = join(dir, 'plant.yaml');
  writeFileSync(plant, plantFile(mqttPort, topics, assets, qos));
  const child = startChild(process.execPath, [server, '--port', '0', '--plant', plant, '--data', join(dir, 'data')]);
  const [, origin] = await lineOf(child, /^READY .*(http:\/\/[^/\s]+)/, 30_000);
  return { child, url: `${origin!.replace('http', 'ws')}/graphql` };
};
