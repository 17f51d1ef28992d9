import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import {
  ask,
  connectMqtt,
  eventually,
  query,
  root,
  startMosquitto,
  startServer,
  tempDir,
  TestProcess,
} from '@millwright/e2e';
import getPort from 'get-port';
import { describe, expect, test } from 'vitest';

const head = `millwright: 1
enterprise: { id: acme, name: Acme }
site: { id: hamburg, name: Hamburg }
area: { id: assembly, name: Assembly }
`;

const goodLine = (id: string, broker: string): string => `${head}line: { id: ${id}, name: Line }
connections:
  broker: { protocol: mqtt, url: '${broker}' }
stations:
  - id: s1
    name: Press
    type: station
    connection: broker
    signals:
      force: { dataType: number, unit: N, address: { topic: press/force, path: v } }
      count: { dataType: integer, role: good-count, address: { topic: press/count, path: v } }
      label: { dataType: text, address: { topic: press/label, path: v } }
`;

const badLine = `${head}line: { id: bad, name: Bad }
conections: {}
connections:
  plc: { protocol: modbus, host: 127.0.0.1, port: 15999, unit: 1 }
stations:
  - id: s1
    name: One
    type: station
    connection: plc
    signals:
      pressure: { dataType: number, unit: bars, address: { table: holding, register: 0, type: float32 } }
  - id: s1
    name: Two
    type: station
    connection: plk
    signals:
      pressure: { dataType: number, unit: bar, address: { table: holding, register: 2, type: float32 } }
`;

const serve = (env: Record<string, string>): TestProcess =>
  new TestProcess(process.execPath, ['apps/server/dist/main.js'], { MILLWRIGHT_PORT: '0', ...env });

interface Health {
  readonly health: {
    readonly state: string;
    readonly components: readonly { readonly name: string; readonly state: string; readonly detail: string }[];
  };
}
const health = (origin: string): Promise<Health> =>
  query<Health>(origin, '{ health { state components { name state detail } } }');

describe('a bad plant file', () => {
  test('alone ends the start with every mistake, each with file, line and field', async () => {
    const plant = join(tempDir(), 'bad.yaml');
    writeFileSync(plant, badLine);
    const server = serve({ MILLWRIGHT_PLANT: plant, MILLWRIGHT_DATA: tempDir() });
    expect(await server.exit()).toBe(2);
    const lines = server.output.split('\n');
    const expectLine = (line: number, words: RegExp): void =>
      expect(
        lines.filter((l) => l.includes(`bad.yaml:${line}:`) && words.test(l)),
        `line ${line} ${words} in\n${server.output}`,
      ).toHaveLength(1);
    expectLine(6, /conections: unknown field/);
    expectLine(15, /bars/);
    expectLine(16, /s1/);
    expectLine(19, /plk.*plc/);
  });

  test('beside a good one is left out, shown in health, and the good line runs', async () => {
    const broker = await startMosquitto();
    const plant = tempDir();
    writeFileSync(join(plant, 'bad.yaml'), badLine);
    writeFileSync(join(plant, 'good.yaml'), goodLine('good', broker.url));
    const { origin } = await startServer({ plant, data: tempDir() });
    const { health: answer } = await health(origin);
    expect(answer.components.find((c) => c.name === 'plant files')).toMatchObject({
      state: 'DEGRADED',
      detail: expect.stringContaining('bad.yaml'),
    });
    await eventually(
      () => health(origin),
      (h) => h.health.components.some((c) => c.name.endsWith('good/broker') && c.state === 'UP'),
    );
  });
});

describe('the start', () => {
  test('with a taken port says which, and how to choose another', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const port = String((taken.address() as { port: number }).port);
    const plant = join(tempDir(), 'line.yaml');
    writeFileSync(plant, goodLine('good', 'mqtt://127.0.0.1:1'));
    const server = serve({ MILLWRIGHT_PORT: port, MILLWRIGHT_PLANT: plant, MILLWRIGHT_DATA: tempDir() });
    expect(await server.exit()).toBe(1);
    expect(server.output).toMatch(new RegExp(`port ${port} .*taken.*MILLWRIGHT_PORT`));
    taken.close();
  });

  test('with a data folder in use says who holds it', async () => {
    const plant = join(tempDir(), 'line.yaml');
    const data = tempDir();
    writeFileSync(plant, goodLine('good', 'mqtt://127.0.0.1:1'));
    await startServer({ plant, data });
    const second = serve({ MILLWRIGHT_PLANT: plant, MILLWRIGHT_DATA: data });
    expect(await second.exit()).toBe(1);
    expect(second.output).toMatch(/locked|in use|another/i);
  });

  test('with an unknown flag or a wrong port says what there is', async () => {
    const flag = new TestProcess(process.execPath, ['apps/server/dist/main.js', '--prot', '1']);
    expect(await flag.exit()).toBe(2);
    expect(flag.output).toMatch(/--prot[\s\S]*--port/);
    const port = serve({ MILLWRIGHT_PORT: 'many' });
    expect(await port.exit()).toBe(2);
    expect(port.output).toMatch(/MILLWRIGHT_PORT.*"many".*0 to 65535/);
  });

  test('without a plant says where it looked', async () => {
    const server = serve({ MILLWRIGHT_PLANT: '/nowhere/plant.yaml', MILLWRIGHT_DATA: tempDir() });
    expect(await server.exit()).toBe(2);
    expect(server.output).toContain('/nowhere/plant.yaml');
  });
});

describe('a device', () => {
  test('that is absent is told in a sentence while the others run, and is found when it comes', async () => {
    const port = await getPort();
    const broker = await startMosquitto();
    const plant = tempDir();
    mkdirSync(plant, { recursive: true });
    writeFileSync(join(plant, 'here.yaml'), goodLine('here', broker.url));
    writeFileSync(join(plant, 'gone.yaml'), goodLine('gone', `mqtt://127.0.0.1:${port}`));
    const { origin } = await startServer({ plant, data: tempDir() });
    const part = async (name: string): Promise<{ state: string; detail: string } | undefined> =>
      (await health(origin)).health.components.find((c) => c.name.endsWith(name));
    await eventually(
      () => part('here/broker'),
      (c) => c?.state === 'UP',
    );
    const gone = await eventually(
      () => part('gone/broker'),
      (c) => c !== undefined && c.state !== 'UP' && /refused|ECONNREFUSED/i.test(c.detail),
    );
    expect(gone!.detail).toContain(String(port));
    const response = await fetch(`${origin}/health`);
    expect([response.status, ((await response.json()) as { state: string }).state]).toEqual([200, 'degraded']);

    const conf = join(tempDir(), 'late.conf');
    writeFileSync(conf, `listener ${port} 127.0.0.1\nallow_anonymous true\n`);
    new TestProcess('mosquitto', ['-c', conf]);
    await eventually(
      () => part('gone/broker'),
      (c) => c?.state === 'UP',
    );
  });

  test('that lies is refused sample by sample with the reason, and its good signals run', async () => {
    const broker = await startMosquitto();
    const plant = join(tempDir(), 'line.yaml');
    writeFileSync(plant, goodLine('line', broker.url));
    const { origin } = await startServer({ plant, data: tempDir() });
    await eventually(
      () => health(origin),
      (h) => h.health.components.some((c) => c.name.endsWith('line/broker') && c.state === 'UP'),
    );
    const client = await connectMqtt(broker.url);
    const say = (topic: string, payload: string): Promise<unknown> => client.publishAsync(topic, payload, { qos: 1 });
    await say('press/force', '{"v":"12.5"}');
    await say('press/force', '{"v":NaN}');
    await say('press/force', '{"w":1}');
    await say('press/force', '{"v":true}');
    await say('press/count', '{"v":1.5}');
    await say('press/label', '{"v":7}');
    await say('press/force', '{"v":99.5}');

    interface Entry {
      readonly signal: string;
      readonly received: number;
      readonly stored: number;
      readonly filtered: readonly { readonly count: number }[];
      readonly rejected: readonly {
        readonly reason: string;
        readonly count: number;
        readonly example: string | null;
      }[];
    }
    const { ledger } = await eventually(
      () =>
        query<{ ledger: Entry[] }>(
          origin,
          '{ ledger { signal received stored filtered { count } rejected { reason count example } } }',
        ),
      ({ ledger }) => ledger.reduce((n, e) => n + e.received, 0) === 7,
    );
    for (const { received, stored, filtered, rejected } of ledger) {
      const sum = (list: readonly { count: number }[]): number => list.reduce((n, { count }) => n + count, 0);
      expect(received).toBe(stored + sum(filtered) + sum(rejected));
    }
    const reasons = ledger
      .flatMap((e) => e.rejected.map((r) => `${e.signal.slice(e.signal.indexOf(':'))} ${r.reason} ${r.count}`))
      .sort();
    expect(reasons).toEqual([
      ':* not-json 1',
      ':count not-an-integer 1',
      ':force no-value 1',
      ':force wrong-type 2',
      ':label wrong-type 1',
    ]);
    const { signal } = await query<{ signal: { latest: { value: number } } }>(
      origin,
      '{ signal(id: "acme/hamburg/assembly/line/s1:force") { latest { value } } }',
    );
    expect(signal.latest.value).toBe(99.5);
    await client.endAsync();
  });
});

describe('a query', () => {
  test('that is wrong is answered with a code and a sentence, and the server goes on', async () => {
    const plant = join(root, 'simulations/plants/bonding-line');
    const { origin } = await startServer({
      plant,
      data: tempDir(),
      env: { BONDING_MQTT_PORT: '1', BONDING_MODBUS_PORT: '1', BONDING_OPCUA_PORT: '1' },
    });
    expect((await ask(origin, '{ nonsense }')).errors).toHaveLength(1);
    const fork = await ask(
      origin,
      'mutation { createFork(input: { from: { position: "1" }, overrides: [{ asset: "no/such" }] }) { id } }',
    );
    expect(fork.errors?.[0]?.extensions?.code).toBe('NOT_FOUND');
    const deep = `{ assets { ${'children { '.repeat(40)}id${' }'.repeat(40)} } }`;
    expect((await ask(origin, deep)).errors?.[0]?.extensions?.code).toBe('TOO_COMPLEX');
    expect((await query<{ assets: object[] }>(origin, '{ assets { id } }')).assets.length).toBe(9);
  });
});
