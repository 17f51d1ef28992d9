import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreError, type EventStore, type RecordedEvent } from '@millwright/event-store';
import getPort from 'get-port';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LogServer, Wire } from './fault.fixture.js';
import { openEsdbEventStore } from './open.js';

vi.setConfig({ testTimeout: 180_000 });

const DEADLINE_MS = 1_500;
/** A call may end so long after its deadline on a slow machine; a hang does not end at all. */
const SLACK_MS = 15_000;
const STREAMS = 5;

let dir: string;
let server: LogServer;
let wire: Wire;
let store: EventStore;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'millwright-fault-'));
  server = new LogServer(join(dir, 'log.db'), await getPort());
  await server.start();
  wire = await Wire.to(server.port);
  const connectionString = `esdb://127.0.0.1:${wire.port}?tls=false`;
  store = await openEsdbEventStore({ connectionString, deadlineMs: DEADLINE_MS });
});
afterEach(async () => {
  await store.close();
  await wire.close();
  server.signal('SIGCONT');
  await server.kill();
  rmSync(dir, { recursive: true });
});

const PASSING = ['unavailable', 'deadline-exceeded', 'overloaded'];

/** Appends without pause, each event again and again until it is acknowledged, as the house's appender does. */
class Load {
  readonly acknowledged: string[][] = Array.from({ length: STREAMS }, () => []);
  /** Codes of appends that were refused, and repeated. */
  readonly codes = new Set<string>();
  longestMs = 0;
  private ended = false;
  private readonly writers: Promise<void>[];

  constructor() {
    this.writers = this.acknowledged.map((_, n) => this.write(n));
  }

  get count(): number {
    return this.acknowledged.reduce((sum, ids) => sum + ids.length, 0);
  }

  /** Resolves when so many more have been acknowledged. */
  async goesOn(more = 50): Promise<void> {
    const goal = this.count + more;
    await vi.waitUntil(() => this.count >= goal, { timeout: 60_000 });
  }

  async end(): Promise<void> {
    this.ended = true;
    await Promise.all(this.writers);
  }

  private async write(n: number): Promise<void> {
    while (!this.ended) {
      const batch = Array.from({ length: 1 + (this.count % 4) }, () => ({
        id: randomUUID(),
        type: 'Happened',
        data: {},
        metadata: { time: 1 },
      }));
      while (!(await this.tryOnce(`s-${n}`, batch)));
      this.acknowledged[n]!.push(...batch.map(({ id }) => id));
    }
  }

  private async tryOnce(stream: string, batch: Parameters<EventStore['append']>[2]): Promise<boolean> {
    const begun = performance.now();
    try {
      await store.append(stream, 'any', batch);
      return true;
    } catch (error) {
      if (!(error instanceof EventStoreError) || !PASSING.includes(error.code)) throw error;
      this.codes.add(error.code);
      return false;
    } finally {
      this.longestMs = Math.max(this.longestMs, performance.now() - begun);
    }
  }
}

/** Follows the log from its start. */
class Subscriber {
  readonly seen: RecordedEvent[] = [];
  private readonly items = store.subscribe({ after: 'start' })[Symbol.asyncIterator]();
  private readonly done = this.follow();

  async stop(): Promise<void> {
    await this.items.return?.();
    await this.done;
  }

  private async follow(): Promise<void> {
    for (;;) {
      const { done, value } = await this.items.next();
      if (done) return;
      if (value.kind === 'events') this.seen.push(...value.events);
    }
  }
}

/** Nothing lost, nothing twice, everything in order, for readers as for the subscriber. */
const expectAllOnce = async (load: Load, subscriber: Subscriber): Promise<void> => {
  await load.end();
  const all: RecordedEvent[] = [];
  await vi.waitUntil(
    async () => {
      try {
        all.length = 0;
        for await (const event of store.readAll()) all.push(event);
        return true;
      } catch (error) {
        if (PASSING.includes((error as EventStoreError).code)) return false;
        throw error;
      }
    },
    { timeout: 60_000 },
  );
  for (const [n, ids] of load.acknowledged.entries()) {
    const stream = all.filter((event) => event.stream === `s-${n}`);
    expect(stream.map(({ id }) => id)).toEqual(ids);
    expect(stream.map(({ revision }) => revision)).toEqual(stream.map((_, i) => BigInt(i)));
  }
  await vi.waitUntil(() => subscriber.seen.length >= all.length, { timeout: 60_000 });
  expect(subscriber.seen.map(({ position }) => position)).toEqual(all.map(({ position }) => position));
  expect(load.longestMs).toBeLessThan(DEADLINE_MS + SLACK_MS);
  await subscriber.stop();
};

describe('under load', () => {
  test('a server killed and started again, three times', async () => {
    const load = new Load();
    const subscriber = new Subscriber();
    for (let round = 0; round < 3; round++) {
      await load.goesOn();
      await server.kill();
      await vi.waitUntil(() => store.health().state !== 'up', { timeout: 60_000 });
      await server.start();
    }
    await load.goesOn();
    await expectAllOnce(load, subscriber);
    await vi.waitUntil(() => store.health().state === 'up', { timeout: 60_000 });
  });

  test('a server that is stopped for longer than the deadline, and goes on', async () => {
    const load = new Load();
    const subscriber = new Subscriber();
    await load.goesOn();
    server.signal('SIGSTOP');
    await vi.waitUntil(() => load.codes.size > 0, { timeout: 60_000 });
    expect(store.health().state).toBe('degraded');
    server.signal('SIGCONT');
    await load.goesOn();
    await expectAllOnce(load, subscriber);
  });

  test('a connection that is dead without anybody being told, and is reset later', async () => {
    const load = new Load();
    const subscriber = new Subscriber();
    for (let round = 0; round < 2; round++) {
      await load.goesOn();
      load.codes.clear();
      wire.cut();
      await vi.waitUntil(() => load.codes.size > 0, { timeout: 60_000 });
      wire.mend();
    }
    await load.goesOn();
    await expectAllOnce(load, subscriber);
  });
});

test('reads have a deadline too, and say why', async () => {
  wire.cut();
  const begun = performance.now();
  const head = await store.head().catch((error: unknown) => error as EventStoreError);
  expect(head).toMatchObject({
    code: 'deadline-exceeded',
    message: expect.stringMatching(/read the log at esdb:.*in time/),
  });
  expect(performance.now() - begun).toBeLessThan(DEADLINE_MS + SLACK_MS);
  wire.mend();
  await vi.waitUntil(async () => (await store.head().catch(() => 'away')) === undefined, { timeout: 60_000 });
});

test('a server that accepts and says nothing is not opened, and said so within the deadline', async () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const connectionString = `esdb://127.0.0.1:${(silent.address() as AddressInfo).port}?tls=false`;
  const begun = performance.now();
  const refused = await openEsdbEventStore({ connectionString, deadlineMs: 500 }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: expect.stringMatching(/^(deadline-exceeded|unavailable)$/) });
  expect(performance.now() - begun).toBeLessThan(500 + SLACK_MS);
  for (const socket of sockets) socket.destroy();
  silent.close();
});

test('a store whose server goes away does not disturb another store of the process', async () => {
  const path = join(dir, 'other.db');
  const other = new LogServer(path, await getPort());
  await other.start();
  const well = await openEsdbEventStore({
    connectionString: `esdb://127.0.0.1:${other.port}?tls=false`,
    deadlineMs: 20_000,
  });
  const event = (): Parameters<EventStore['append']>[2] => [
    { id: randomUUID(), type: 'T', data: {}, metadata: { time: 1 } },
  ];
  const failing = Array.from({ length: 50 }, () => store.append('s', 'any', event()).catch(() => 'refused'));
  const going = Array.from({ length: 50 }, () => well.append('s', 'any', event()));
  await server.kill();
  const more = Array.from({ length: 50 }, () => well.append('s', 'any', event()));
  expect((await Promise.all([...going, ...more])).at(-1)!.revision).toBe(99n);
  await Promise.all(failing);
  await well.close();
  await other.kill();
});
