import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore, NewEvent, SubscriptionItem } from '@millwright/event-store';
import getPort from 'get-port';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LogServer, Wire } from './fault.fixture.js';
import { openEsdbEventStore, type EsdbEventStoreOptions } from './open.js';
import { until } from './until.fixture.js';

vi.setConfig({ testTimeout: 120_000 });

/** Longer than any test: whatever happens here, the store has to see to it by itself. */
const PATIENT_MS = 100_000;

let dir: string;
let server: LogServer;
let wire: Wire;
const stores: EventStore[] = [];
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'millwright-outage-'));
  server = new LogServer(join(dir, 'log.db'), await getPort());
  await server.start();
  wire = await Wire.to(server.port);
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  await wire.close();
  server.signal('SIGCONT');
  await server.kill();
  rmSync(dir, { recursive: true });
});

const open = async (port: number, options: Partial<EsdbEventStoreOptions> = {}): Promise<EventStore> => {
  const connectionString = `esdb://127.0.0.1:${port}?tls=false`;
  stores.push(await openEsdbEventStore({ connectionString, ...options }));
  return stores.at(-1)!;
};

const event = (): NewEvent => ({ id: randomUUID(), type: 'T', data: {}, metadata: { time: 1 } });

/** Follows the log from its start. */
class Seen {
  readonly ids: string[] = [];
  private readonly items: AsyncIterator<SubscriptionItem>;

  constructor(store: EventStore) {
    this.items = store.subscribe({ after: 'start' })[Symbol.asyncIterator]();
    void this.pull();
  }

  private async pull(): Promise<void> {
    for (;;) {
      const { done, value } = await this.items.next();
      if (done) return;
      if (value.kind === 'events') this.ids.push(...value.events.map(({ id }) => id));
    }
  }
}

test('a short outage is not the callers affair: their appends wait, and end in order, each once', async () => {
  const store = await open(wire.port, { deadlineMs: PATIENT_MS, heartbeatMs: 100 });
  const seen = new Seen(store);
  const sent: NewEvent[] = [];
  const appends: Promise<unknown>[] = [];
  const send = (count: number): void => {
    for (let n = 0; n < count; n++) {
      sent.push(event());
      appends.push(store.append('s', 'any', [sent.at(-1)!]));
    }
  };
  send(50);
  await until(() => seen.ids.length > 0);
  send(50);
  await server.kill();
  send(50);
  await until(() => store.health().state === 'degraded');
  expect(store.health().detail).toMatch(/^connecting again for \d+\.\d s: .*; \d+ appends wait, the oldest for /);
  await server.start();
  await Promise.all(appends);
  await until(() => seen.ids.length === sent.length);
  expect(seen.ids).toEqual(sent.map(({ id }) => id));
  await until(() => store.health().state === 'up');
  expect(store.health().appendsInFlight).toBe(0);
});

test('a reader of a quiet log finds out that its connection is dead, and misses nothing', async () => {
  const reader = await open(wire.port, { deadlineMs: 500, heartbeatMs: 100 });
  const writer = await open(server.port);
  const seen = new Seen(reader);
  const first = event();
  await writer.append('s', 'any', [first]);
  await until(() => seen.ids.length === 1);
  wire.cut();
  const second = event();
  await writer.append('s', 'any', [second]);
  await until(() => reader.health().state === 'degraded');
  wire.mend();
  await until(() => seen.ids.length === 2);
  expect(seen.ids).toEqual([first.id, second.id]);
  await until(() => reader.health().state === 'up');
});

test('over a slow line everything takes longer, and nothing else', async () => {
  wire.slow(15);
  const store = await open(wire.port, { deadlineMs: PATIENT_MS });
  const seen = new Seen(store);
  const sent = Array.from({ length: 150 }, event);
  await Promise.all(sent.map((one, n) => store.append(`s-${n % 3}`, 'any', [one])));
  await until(() => seen.ids.length === sent.length);
  expect(new Set(seen.ids)).toEqual(new Set(sent.map(({ id }) => id)));
  for (const stream of [0, 1, 2]) {
    const read: string[] = [];
    for await (const { id } of store.readStream(`s-${stream}`)) read.push(id);
    expect(read).toEqual(sent.filter((_, n) => n % 3 === stream).map(({ id }) => id));
  }
  expect(store.health().state).toBe('up');
});

test('a read through a long log goes on where a killed server left it', async () => {
  const writer = await open(server.port);
  const sent = Array.from({ length: 20_000 }, event);
  for (let n = 0; n < sent.length; n += 1_000) await writer.append('s', 'any', sent.slice(n, n + 1_000));
  const reader = await open(wire.port, { deadlineMs: PATIENT_MS });
  const read: string[] = [];
  for await (const { id } of reader.readAll()) {
    read.push(id);
    if (read.length === 2_000) {
      await server.kill();
      await server.start();
    }
  }
  expect(read).toEqual(sent.map(({ id }) => id));
});
