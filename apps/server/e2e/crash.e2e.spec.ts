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
import { stateHash } from '@millwright/actor-engine';
import { foldFromZero, PlantFold } from '@millwright/actor-host';
import { openSqliteEventStoreReader } from '@millwright/event-store-sqlite';
import { expect, test } from 'vitest';

const KILLS = 10;

interface ActorState {
  readonly asset: string;
  readonly stateHash: string;
  readonly position: string;
}

/** What the running server holds, against a fold of the log from the first event in this process. */
const expectActorsEqualFoldFromZero = async (origin: string, data: string): Promise<void> => {
  const { actors } = await query<{ actors: ActorState[] }>(origin, `{ actors { asset stateHash position } }`);
  const store = await openSqliteEventStoreReader(join(data, 'log.db'));
  try {
    const fold = new PlantFold();
    await foldFromZero(store, fold, BigInt(actors[0]!.position));
    const fromZero = [...fold.entries()].map(([asset, { record }]) => ({ asset, stateHash: stateHash(record) }));
    const byAsset = (a: { asset: string }, b: { asset: string }): number => (a.asset < b.asset ? -1 : 1);
    expect(actors.map(({ asset, stateHash }) => ({ asset, stateHash })).sort(byAsset)).toEqual(fromZero.sort(byAsset));
    expect(actors.length).toBeGreaterThanOrEqual(10);
  } finally {
    await store.close();
  }
};

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
    await expectActorsEqualFoldFromZero(server.origin, data);
  }
  await publisher.reached(publisher.published + 200);
  await publisher.stop();

  await expectStoredOnce(server.origin, publisher.published);
  await expectActorsEqualFoldFromZero(server.origin, data);

  const { asset } = await query<{ asset: { counts: { good: number } } }>(
    server.origin,
    `query($id: ID!) { asset(id: $id) { counts { good } } }`,
    { id: `${BONDING_LINE}/s3` },
  );
  expect(asset.counts.good, 'parts flowed meanwhile').toBeGreaterThan(0);
});
