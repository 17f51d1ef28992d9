import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateHash } from '@millwright/actor-engine';
import { foldFromZero, PlantFold } from '@millwright/actor-host';
import { openSqliteEventStoreReader } from '@millwright/event-store-sqlite';
import type { MqttClient } from 'mqtt';
import { expect, test } from 'vitest';
import { eventually, query } from './graphql.js';
import { connectMqtt, startMosquitto } from './mosquitto.js';
import { BONDING_LINE, bondingPlant, bondingPorts, startDevices, startServer, tempDir } from './processes.js';

const KILLS = 10;
const SIGNALS = 5;
const PROBE = 'acme/hamburg/assembly/probe-line/p1';

/** A line of its own beside the demo line: numbered samples through mosquitto, so that each can be told from every other. */
const probeLine = (brokerUrl: string): string => `
millwright: 1
enterprise: { id: acme, name: Acme Adhesives }
site: { id: hamburg, name: Hamburg works }
area: { id: assembly, name: Assembly hall }
line: { id: probe-line, name: Probe line }
connections:
  broker: { protocol: mqtt, url: '${brokerUrl}' }
stations:
  - id: p1
    name: Probe
    type: station
    connection: broker
    signals:
${Array.from({ length: SIGNALS }, (_, n) => `      n${n}: { dataType: integer, address: { topic: probe/n${n}, path: n, timestamp: t } }`).join('\n')}
`;

/** Publishes numbered samples, round robin over the signals, until told to stop. */
class Publisher {
  published = 0;
  private readonly client: MqttClient;
  private readonly timer: NodeJS.Timeout;
  private readonly unacknowledged = new Set<Promise<unknown>>();

  constructor(client: MqttClient) {
    this.client = client;
    this.timer = setInterval(() => this.publish(), 2);
  }

  private publish(): void {
    const signal = this.published % SIGNALS;
    const n = Math.floor(this.published++ / SIGNALS) + 1;
    const sent = this.client.publishAsync(`probe/n${signal}`, JSON.stringify({ n, t: Date.now() }), { qos: 1 });
    this.unacknowledged.add(sent);
    void sent.finally(() => this.unacknowledged.delete(sent));
  }

  async reached(count: number): Promise<void> {
    await eventually(
      async () => this.published,
      (n) => n >= count,
    );
  }

  /** Resolves when the broker has them all. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.unacknowledged);
  }
}

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

  const publisher = new Publisher(await connectMqtt(broker.url));
  for (let kill = 0; kill < KILLS; kill++) {
    await publisher.reached(publisher.published + 50 + Math.floor(Math.random() * 700));
    await server.process.stop('SIGKILL');
    server = await startServer({ plant, data, env: ports });
    await expectActorsEqualFoldFromZero(server.origin, data);
  }
  await publisher.reached(publisher.published + 200);
  await publisher.stop();

  const total = publisher.published;
  const stored = await eventually(
    () =>
      query<{ ledger: { signal: string; stored: number; rejected: object[] }[] }>(
        server.origin,
        `query($under: ID!) { ledger(under: $under) { signal stored rejected { reason count } } }`,
        { under: PROBE },
      ),
    ({ ledger }) => ledger.reduce((sum, { stored }) => sum + stored, 0) >= total,
  );
  expect(stored.ledger.reduce((sum, { stored }) => sum + stored, 0)).toBe(total);
  for (let n = 0; n < SIGNALS; n++) {
    const { signal } = await query<{ signal: { history: { last: number[]; truncated: boolean } } }>(
      server.origin,
      `query($id: ID!, $range: TimeRange!) { signal(id: $id) { history(range: $range, first: 10000) { last truncated } } }`,
      { id: `${PROBE}:n${n}`, range: { from: '2020-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' } },
    );
    const expected = Array.from({ length: Math.ceil((total - n) / SIGNALS) }, (_, i) => i + 1);
    expect([...signal.history.last].sort((a, b) => a - b)).toEqual(expected);
    expect(signal.history.truncated).toBe(false);
  }
  await expectActorsEqualFoldFromZero(server.origin, data);

  const { asset } = await query<{ asset: { counts: { good: number } } }>(
    server.origin,
    `query($id: ID!) { asset(id: $id) { counts { good } } }`,
    { id: `${BONDING_LINE}/s3` },
  );
  expect(asset.counts.good, 'parts flowed meanwhile').toBeGreaterThan(0);
});
