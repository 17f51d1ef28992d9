import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readSettings as readGatewaySettings, SETTINGS as GATEWAY_SETTINGS } from './apps/gateway/src/settings.ts';
import { readSettings as readServerSettings, SETTINGS as SERVER_SETTINGS } from './apps/server/src/settings.ts';
import { loadGoodFiles } from './libs/connections/src/index.ts';
import { readSettings as readDeviceSettings } from './simulations/plants/bonding-line/src/settings.ts';

/** There is no Docker engine where the tests run: what docker-compose.yml and the Dockerfile say is held against what is there. */
interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck: { readonly test: readonly string[] };
  readonly restart: string;
}

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8');
const here = (path: string): boolean => existsSync(join(import.meta.dirname, path));
/** `${NAME:-default}` as docker compose sees it where nothing is set. */
const withDefaults = (text: string): string => text.replaceAll(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1').replaceAll('$$', '$');

const compose = parse(withDefaults(read('docker-compose.yml')), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);
const { eventstore, mosquitto, devices, server, gateway } = compose.services as Record<string, Service>;
const ours = [
  ['devices', devices!],
  ['server', server!],
  ['gateway', gateway!],
] as const;
const plantText = read('simulations/plants/bonding-line/plant.yaml');

/** `<address>:<host port>:<container port>`. */
const containerPorts = ({ ports = [] }: Service): number[] => ports.map((port) => Number(port.split(':').at(-1)));
const healthUrl = ({ healthcheck }: Service): string => /http:\/\/[^\s'"]+/.exec(healthcheck.test.join(' '))![0];

describe('docker-compose.yml', () => {
  test('has the log, the broker, the demo devices, the server and the gateway', () => {
    expect(Object.keys(compose.services)).toEqual(['eventstore', 'mosquitto', 'devices', 'server', 'gateway']);
  });

  test.each(services)('%s: an exact image, a restart policy, a health check, ports on loopback only', (_, service) => {
    expect(service.image).toMatch(/:(\d+\.\d+\.\d+|local)/);
    expect(service.restart).toBe('unless-stopped');
    expect(service.healthcheck.test[0]).toMatch(/^CMD(-SHELL)?$/);
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  test.each(services)('%s waits for services that there are', (_, { depends_on = {} }) => {
    for (const [name, { condition }] of Object.entries(depends_on)) {
      expect(Object.keys(compose.services)).toContain(name);
      expect(condition).toBe('service_healthy');
    }
  });

  test.each(services)('%s mounts what is there, or a volume that is declared', (_, { volumes = [] }) => {
    for (const volume of volumes) {
      const source = volume.split(':')[0]!;
      if (source.startsWith('.')) expect(here(source), source).toBe(true);
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
  });

  test('declares no volume that nothing mounts', () => {
    const mounted = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]));
    for (const name of Object.keys(compose.volumes)) expect(mounted).toContain(name);
  });

  test.each(ours)('%s is built from the Dockerfile and runs a program that there is', (_, { build, command }) => {
    expect(build).toBe('.');
    const [node, script] = command!;
    expect(node).toBe('node');
    expect(here(script!.replace('/dist/', '/src/').replace(/\.js$/, '.ts')), script).toBe(true);
  });

  test.each([
    ['server', server!, SERVER_SETTINGS],
    ['gateway', gateway!, GATEWAY_SETTINGS],
    ['devices', devices!, []],
  ] as const)('%s is told only what it, or the plant file, asks for', (_, { environment = {} }, settings) => {
    const asked = [...settings.map(({ env }) => env), ...plantText.matchAll(/\$\{([A-Z_]+)/g)].map((found) =>
      typeof found === 'string' ? found : found[1]!,
    );
    for (const name of Object.keys(environment)) expect(asked).toContain(name);
  });

  test('the server listens where its port is published and its health is asked', () => {
    const settings = readServerSettings(server!.command!.slice(2), server!.environment!);
    expect(containerPorts(server!)).toEqual([settings.port]);
    expect(settings.host).toBe('0.0.0.0');
    expect(healthUrl(server!)).toBe(`http://127.0.0.1:${settings.port}/health`);
    expect(settings.connectors).toBe('off');
    expect(server!.volumes).toContain(`server-data:${settings.data}`);
  });

  test('the gateway listens where its port is published and its health is asked', () => {
    const settings = readGatewaySettings(gateway!.command!.slice(2), gateway!.environment!);
    expect(containerPorts(gateway!)).toEqual([settings.healthPort]);
    expect(settings.host).toBe('0.0.0.0');
    expect(healthUrl(gateway!)).toBe(`http://127.0.0.1:${settings.healthPort}/health`);
  });

  test('server and gateway use the log that runs here', () => {
    for (const { environment } of [server!, gateway!]) {
      const log = new URL(environment!['MILLWRIGHT_LOG']!);
      expect(compose.services).toHaveProperty(log.hostname);
      expect(containerPorts(compose.services[log.hostname]!)).toEqual([Number(log.port)]);
    }
    expect(new URL(healthUrl(eventstore!)).port).toBe(String(containerPorts(eventstore!)[0]));
  });

  test('devices, server and gateway see one plant, at addresses of services', () => {
    for (const [name, { environment, volumes, command }] of ours) {
      const path = volumes!.find((volume) => volume.startsWith('.'))!.split(':')[1];
      const told =
        name === 'devices' ? readDeviceSettings(command!.slice(2), '')!.plant : environment!['MILLWRIGHT_PLANT'];
      expect(told).toBe(path);
      const { plant } = loadGoodFiles([{ file: 'plant.yaml', text: plantText }], environment!);
      expect(plant.connections.map(({ settings }) => settings)).toEqual([
        expect.objectContaining({ host: 'devices', port: 15_020 }),
        expect.objectContaining({ url: 'mqtt://mosquitto:1883' }),
        expect.objectContaining({ endpoint: 'opc.tcp://devices:14840' }),
      ]);
    }
    expect(devices!.healthcheck.test.join(' ')).toContain("connect(15020, 'devices')");
  });

  test('the broker listens where its port is published and its health is asked', () => {
    const listener = Number(/^listener (\d+)/m.exec(read('docker/mosquitto.conf'))![1]);
    expect(containerPorts(mosquitto!)).toEqual([listener]);
    expect(mosquitto!.healthcheck.test.join(' ')).toContain(`-p ${listener} `);
    const [, location] = /^persistence_location (\S+)/m.exec(read('docker/mosquitto.conf'))!;
    expect(mosquitto!.volumes).toContain(`mosquitto-data:${location!.replace(/\/$/, '')}`);
  });
});

describe('the Dockerfile', () => {
  const dockerfile = read('Dockerfile').split('\n');
  const ignored = read('.dockerignore').split('\n');
  const lines = (instruction: string): string[] =>
    dockerfile
      .filter((line) => line.startsWith(`${instruction} `))
      .map((line) => line.slice(instruction.length).trim());

  test('copies what is there, or what the build makes of it', () => {
    for (const copy of lines('COPY')) {
      const [source] = copy.replace(/^--from=build \/app\//, '').split(' ');
      expect(here(source!), copy).toBe(true);
    }
    expect(ignored).toEqual(expect.arrayContaining(['**/node_modules', '**/dist']));
  });

  test('runs scripts that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const run = lines('RUN').flatMap((line) => /npm run (\S+)/.exec(line)?.[1] ?? []);
    expect(run).toEqual(['build']);
    for (const name of run) expect(scripts).toHaveProperty(name);
  });

  test('runs as a user that is not root, on the Node that we support, at the ports of the settings', () => {
    expect(lines('USER')).toEqual(['node']);
    for (const from of lines('FROM')) expect(from).toMatch(/^node:20-bookworm-slim/);
    const ports = [readServerSettings([], {}).port, readGatewaySettings([], {}).healthPort];
    expect(lines('EXPOSE')).toEqual([ports.join(' ')]);
  });
});
