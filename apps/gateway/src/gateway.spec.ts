import type { ComponentHealth } from '@millwright/actor-host';
import { loadGoodFiles } from '@millwright/connections';
import { EventStoreError } from '@millwright/event-store';
import { MemoryEventStore } from '@millwright/event-store/testing';
import getPort from 'get-port';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startGateway, type GatewayOptions, type RunningGateway } from './gateway.js';

/** One station on a broker that is not there. */
const plantFile = (port: number): string => `millwright: 1
enterprise: { id: acme }
site: { id: hamburg }
area: { id: assembly }
line: { id: line }
connections:
  broker: { protocol: mqtt, url: 'mqtt://127.0.0.1:${port}' }
stations:
  - { id: s1, type: station, connection: broker, signals: { force: { dataType: number, unit: N, address: { topic: force } } } }
`;
/** For what comes by itself, milliseconds. */
const SOON = { timeout: 10_000, interval: 10 };
const LOG = 'esdb://admin:changeit@log:2113?tls=false';

const running: RunningGateway[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((gateway) => gateway.close()));
});

const start = async (openLog: GatewayOptions['openLog'], healthPort = 0) => {
  const text = plantFile(await getPort());
  const report = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const gateway = await startGateway({
    settings: { log: LOG, gateway: 'test', host: '127.0.0.1', healthPort },
    loaded: loadGoodFiles([{ file: 'line.yaml', text }], {}),
    openLog,
    report,
    failures: { health: () => [] },
    backoff: { minMs: 1, maxMs: 5 },
  });
  running.push(gateway);
  const health = async () => {
    const response = await fetch(`${gateway.origin}/health`);
    const body = (await response.json()) as { state: string; components: ComponentHealth[] };
    return { status: response.status, ...body, log: body.components.find(({ name }) => name === 'log')! };
  };
  return { gateway, report, health };
};

const away = (): never => {
  throw new EventStoreError('unavailable', 'nobody answers at log:2113');
};

describe('gateway', () => {
  test('says in its health why it waits for the log, and goes on by itself when the log is there', async () => {
    const store = new MemoryEventStore();
    let there = false;
    const { gateway, health, report } = await start(async () => (there ? store : away()));
    await vi.waitFor(async () => expect((await health()).log.detail).toContain('nobody answers at log:2113'), SOON);
    const { status, state, log } = await health();
    expect([status, state, log.state]).toEqual([200, 'degraded', 'down']);
    expect(log.detail).toMatch(
      /^esdb:\/\/\*\*\*@log:2113\?tls=false cannot be used: .*; trying again in .* s, the devices wait$/,
    );
    expect(JSON.stringify(report.warn.mock.calls)).not.toContain('changeit');

    there = true;
    expect(await gateway.reading).toBe(true);
    expect((await health()).components.map(({ name }) => name)).toEqual([
      'log',
      'ingest',
      'acme/hamburg/assembly/line/broker',
      'plant files',
    ]);
    expect((await health()).log.state).toBe('up');
  });

  test('tries anew when the log can be opened but not be read', async () => {
    const store = new MemoryEventStore();
    const closed: string[] = [];
    let tries = 0;
    const { gateway } = await start(async () => {
      if (++tries === 3) return store;
      const dead = new MemoryEventStore();
      dead.readStream = away;
      dead.close = async () => void closed.push('dead');
      return dead;
    });
    expect(await gateway.reading).toBe(true);
    expect(closed).toEqual(['dead', 'dead']);
  });

  test('writes to the log that the broker is not there, and says so in its health', async () => {
    const store = new MemoryEventStore();
    const { health } = await start(async () => store);
    await vi.waitFor(async () => {
      const types: string[] = [];
      for await (const { type } of store.readStream('asset-acme/hamburg/assembly/line/s1')) types.push(type);
      expect(types).toContain('ConnectionLost');
    }, SOON);
    await vi.waitFor(async () => expect((await health()).state).toBe('degraded'), SOON);
  });

  test('can be ended while it waits for the log', async () => {
    const { gateway } = await start(async () => away());
    await gateway.close();
    expect(await gateway.reading).toBe(false);
    await expect(fetch(`${gateway.origin}/health`)).rejects.toThrow();
  });

  test('ends in order: the log after what is written to it', async () => {
    const store = new MemoryEventStore();
    const appendsAtClose: string[] = [];
    const close = store.close.bind(store);
    store.close = async () => {
      for await (const { type } of store.readStream('asset-acme/hamburg/assembly/line/s1')) appendsAtClose.push(type);
      return close();
    };
    const { gateway, health } = await start(async () => store);
    await vi.waitFor(async () => expect((await health()).state).toBe('degraded'), SOON);
    await gateway.close();
    expect(appendsAtClose).toContain('ConnectionLost');
  });

  test('does not start on a port that is taken', async () => {
    const { gateway } = await start(async () => away());
    const port = Number(new URL(gateway.origin).port);
    await expect(start(async () => away(), port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('has one page', async () => {
    const { gateway } = await start(async () => away());
    expect((await fetch(`${gateway.origin}/`)).status).toBe(404);
    expect((await fetch(`${gateway.origin}/health`, { method: 'POST' })).status).toBe(404);
  });
});
