import { once } from 'node:events';
import { createServer } from 'node:net';
import type { ComponentHealth } from '@millwright/actor-host';
import { loadGoodFiles } from '@millwright/connections';
import { EventStoreError, type EventStore } from '@millwright/event-store';
import { MemoryEventStore } from '@millwright/event-store/testing';
import { Aedes } from 'aedes';
import getPort from 'get-port';
import { connectAsync } from 'mqtt';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startGateway } from './gateway.js';

const SAMPLES = 300;
/** For what comes by itself, milliseconds. */
const SOON = { timeout: 30_000, interval: 10 };

const plantFile = (url: string): string => `millwright: 1
enterprise: { id: acme }
site: { id: hamburg }
area: { id: assembly }
line: { id: line }
connections:
  broker: { protocol: mqtt, url: '${url}' }
stations:
  - id: s1
    type: station
    connection: broker
    signals: { n: { dataType: integer, address: { topic: n, path: n, timestamp: t } } }
`;

const startBroker = async (): Promise<string> => {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  const port = await getPort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    await new Promise((resolve) => server.close(resolve));
  });
  return `mqtt://127.0.0.1:${port}`;
};

/** A log across a network that breaks: half of the appends that fail have been written all the same. */
class FarStore extends MemoryEventStore {
  away = false;
  private calls = 0;

  override async append(...args: Parameters<EventStore['append']>): ReturnType<EventStore['append']> {
    if (!this.away) return super.append(...args);
    if (this.calls++ % 2 === 0) await super.append(...args);
    throw new EventStoreError('deadline-exceeded', 'the log did not answer');
  }
}

test('the log goes away under load: its health says so, the broker waits for its acknowledgements, nothing is lost or twice', async () => {
  const url = await startBroker();
  const store = new FarStore();
  const report = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const gateway = await startGateway({
    settings: { log: 'esdb://far:2113', gateway: 'test', host: '127.0.0.1', healthPort: 0 },
    loaded: loadGoodFiles([{ file: 'line.yaml', text: plantFile(url) }], {}),
    openLog: async () => store,
    report,
    failures: { health: () => [] },
  });
  onTestFinished(() => gateway.close());
  await gateway.reading;
  const components = async (): Promise<readonly ComponentHealth[]> =>
    ((await (await fetch(`${gateway.origin}/health`)).json()) as { components: ComponentHealth[] }).components;
  const part = async (name: string) => (await components()).find((c) => c.name.endsWith(name));
  await vi.waitFor(async () => expect((await part('/broker'))?.state).toBe('up'), SOON);

  const client = await connectAsync(url);
  onTestFinished(async () => void (await client.endAsync(true)));
  const publish = (from: number, to: number): Promise<unknown> =>
    Promise.all(
      Array.from({ length: to - from }, (_, i) =>
        client.publishAsync('n', JSON.stringify({ n: from + i, t: 1_000 + from + i }), { qos: 1 }),
      ),
    );
  const stored = async (): Promise<number[]> => {
    const values: number[] = [];
    for await (const { type, data } of store.readStream('asset-acme/hamburg/assembly/line/s1'))
      if (type === 'SamplesRecorded') values.push(...(data as { value: number[] }).value);
    return values;
  };

  await publish(0, 100);
  store.away = true;
  await publish(100, 200);
  await vi.waitFor(async () => expect((await part('log'))?.state).toBe('degraded'), SOON);
  expect((await part('log'))?.detail).toContain('waits: the log did not answer');
  await publish(200, SAMPLES);
  expect((await stored()).length).toBeLessThan(SAMPLES);

  store.away = false;
  await vi.waitFor(async () => expect((await stored()).length).toBeGreaterThanOrEqual(SAMPLES), SOON);
  expect((await stored()).toSorted((a, b) => a - b)).toEqual(Array.from({ length: SAMPLES }, (_, n) => n));
  await vi.waitFor(async () => expect((await part('log'))?.state).toBe('up'), SOON);
});
