import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BONDING_LINE,
  bondingPlant,
  bondingPorts,
  connectMqtt,
  eventually,
  expectStoredOnce,
  probeLine,
  ProbePublisher,
  query,
  startDevices,
  startMosquitto,
  startServer,
  tempDir,
} from '@millwright/e2e';
import { expect, test } from 'vitest';
import { expectActorsEqualFoldFromZero } from './fold-from-zero.js';

const KILLS = 10;

test('kill -9 at random instants loses and repeats nothing, and every actor is rebuilt as it was', async () => {
  const ports = await bondingPorts();
  const broker = await startMosquitto();
  const plant = tempDir();
  mkdirSync(plant, { recursive: true });
  cpSync(join(bondingPlant, 'plant.yaml'), join(plant, 'bonding-line.yaml'));
  writeFileSync(join(plant, 'probe-line.yaml'), probeLine(broker.url));
  const data = tempDir();
  await startDevices({ speed: 60, env: ports });
  let server = await startServer({ plant, data, env: ports });
  const probeUp = `{ health { components { name state } } }`;
  await eventually(
    () => query<{ health: { components: { name: string; state: string }[] } }>(server.origin, probeUp),
    ({ health }) => health.components.some((c) => c.name.endsWith('probe-line/broker') && c.state === 'UP'),
  );

  const publisher = new ProbePublisher(await connectMqtt(broker.url));
  for (let kill = 0; kill < KILLS; kill++) {
    await publisher.reached(publisher.published + 50 + Math.floor(Math.random() * 700));
    await server.process.stop('SIGKILL');
    server = await startServer({ plant, data, env: ports });
    await expectActorsEqualFoldFromZero(server.origin, `sqlite:${join(data, 'log.db')}`);
  }
  await publisher.reached(publisher.published + 200);
  await publisher.stop();

  await expectStoredOnce(server.origin, publisher.published);
  await expectActorsEqualFoldFromZero(server.origin, `sqlite:${join(data, 'log.db')}`);

  const { asset } = await query<{ asset: { counts: { good: number } } }>(
    server.origin,
    `query($id: ID!) { asset(id: $id) { counts { good } } }`,
    { id: `${BONDING_LINE}/s3` },
  );
  expect(asset.counts.good, 'parts flowed meanwhile').toBeGreaterThan(0);
});
