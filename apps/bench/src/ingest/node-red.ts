import { mkdirSync, writeFileSync, existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import getPort from 'get-port';
import { lineOf, startChild, type Child } from '../processes.js';

const home = join(import.meta.dirname, '../../node-red');

/** Node-RED is no part of Millwright: it is installed beside the benchmark when it first runs. */
export const installNodeRed = (): void => {
  if (existsSync(join(home, 'node_modules/node-red/red.js'))) return;
  console.log('installing Node-RED 4 for comparison (npm ci in apps/bench/node-red), about half a minute, once …');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], {
    cwd: home,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`Node-RED could not be installed (npm ci in ${home} ended with ${status})`);
};

/** The shortest relay there is in Node-RED: MQTT in, WebSocket out, nothing stored. */
const relayFlow = (mqttPort: number, qos: 0 | 1): object[] => [
  { id: 'tab', type: 'tab', label: 'relay' },
  {
    id: 'broker',
    type: 'mqtt-broker',
    broker: '127.0.0.1',
    port: String(mqttPort),
    clientid: 'bench-node-red',
    keepalive: '60',
    cleansession: true,
    protocolVersion: '4',
    autoConnect: true,
  },
  { id: 'listener', type: 'websocket-listener', path: '/relay', wholemsg: 'false' },
  {
    id: 'in',
    type: 'mqtt in',
    z: 'tab',
    topic: 'bench/#',
    qos: String(qos),
    datatype: 'utf8',
    broker: 'broker',
    wires: [['out']],
  },
  { id: 'out', type: 'websocket out', z: 'tab', server: 'listener', client: '', wires: [] },
];

export interface NodeRed {
  readonly child: Child;
  readonly url: string;
}

export const startNodeRed = async (dir: string, mqttPort: number, qos: 0 | 1): Promise<NodeRed> => {
  const userDir = join(dir, 'node-red');
  mkdirSync(userDir, { recursive: true });
  const port = await getPort();
  const settings = {
    uiPort: port,
    uiHost: '127.0.0.1',
    flowFile: 'flow.json',
    credentialSecret: false,
    disableEditor: true,
    telemetry: { enabled: false },
  };
  writeFileSync(join(userDir, 'settings.js'), `module.exports = ${JSON.stringify(settings)};\n`);
  writeFileSync(join(userDir, 'flow.json'), JSON.stringify(relayFlow(mqttPort, qos)));
  const child = startChild(process.execPath, [join(home, 'node_modules/node-red/red.js'), '--userDir', userDir]);
  await lineOf(child, /Connected to broker/, 30_000);
  return { child, url: `ws://127.0.0.1:${port}/relay` };
};
