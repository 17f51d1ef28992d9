import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bondingPlant,
  bondingPorts,
  connectMqtt,
  eventually,
  expectStoredOnce,
  partsOf,
  probeLine,
  ProbePublisher,
  startDevices,
  startGateway,
  startLog,
  startMosquitto,
  startServer,
  tempDir,
} from '@millwright/e2e';
import { expect, test } from 'vitest';

const KILLS = 5;
/** The log is away for so many samples of the publisher, one each 2 ms. */
const SAMPLES_AWAY = 2_000;

interface Health {
  readonly state: string;
  readonly components: readonly { readonly name: string; readonly state: string; readonly detail: string }[];
}

const healthOf = async (origin: string): Promise<Health> =>
  (await (await fetch(`${origin}/health`, { signal: AbortSignal.timeout(10_000) })).json()) as Health;

const probeIsUp = ({ components }: Health): boolean =>
  components.some(({ name, state }) => name.endsWith('probe-line/broker') && state === 'up');

test('devices, gateway, log and server are processes of their own: parts flow, and neither a killed gateway nor a log that is away loses a sample', async () => {
  const env = await bondingPorts();
  const broker = await startMosquitto();
  const plant = tempDir();
  cpSync(join(bondingPlant, 'plant.yaml'), join(plant, 'bonding-line.yaml'));
  writeFileSync(join(plant, 'probe-line.yaml'), probeLine(broker.url));
  await startDevices({ speed: 60, env });
  let log = await startLog();
  const server = await startServer({ plant, data: tempDir(), env, args: ['--log', log.url, '--connectors', 'off'] });
  const start = () => startGateway({ plant, log: log.url, name: 'e2e', env });
  let gateway = await start();

  const before = await eventually(
    () => partsOf(server.origin),
    (parts) => parts.every((made) => made >= 3),
  );
  await eventually(() => healthOf(gateway.origin), probeIsUp);

  const publisher = new ProbePublisher(await connectMqtt(broker.url));
  for (let kill = 0; kill < KILLS; kill++) {
    await publisher.reached(publisher.published + 50 + Math.floor(Math.random() * 700));
    await gateway.process.stop('SIGKILL');
    gateway = await start();
  }

  await publisher.reached(publisher.published + 200);
  await log.process.stop('SIGKILL');
  await publisher.reached(publisher.published + SAMPLES_AWAY);
  const away = await eventually(
    () => healthOf(gateway.origin),
    ({ components }) => components.some(({ name, state }) => name === 'log' && state !== 'up'),
  );
  expect(away.state, 'the log is not the gateway’s to mend').toBe('degraded');
  log = await startLog(log);
  await publisher.reached(publisher.published + 200);
  await publisher.stop();
  await expectStoredOnce(server.origin, publisher.published);
  await eventually(
    () => healthOf(gateway.origin),
    ({ components }) => components.every(({ state }) => state === 'up'),
  );

  await eventually(
    () => partsOf(server.origin),
    (parts) => parts.every((made, i) => made > before[i]!),
  );
  expect(await gateway.process.stop('SIGTERM')).toBe(0);
  expect(await server.process.stop('SIGTERM')).toBe(0);
});
