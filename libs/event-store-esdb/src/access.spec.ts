import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { makeCertificate } from '@millwright/e2e';
import type { EventStore, NewEvent } from '@millwright/event-store';
import { startEventStoreNode, type EventStoreNode } from '@millwright/event-store-node';
import { MemoryRecordLog } from '@millwright/event-store/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEsdbEventStore } from './open.js';
import { until } from './until.fixture.js';

let files: { certFile: string; keyFile: string };
let node: EventStoreNode;
const closers: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  files = await makeCertificate();
  node = await startEventStoreNode({
    log: new MemoryRecordLog(),
    host: 'localhost',
    port: 0,
    tls: { cert: readFileSync(files.certFile), key: readFileSync(files.keyFile) },
    credentials: { ann: 'won:der' },
    closeDeadlineMs: 200,
  });
});
afterAll(async () => {
  for (const close of closers.splice(0)) await close();
  await node.close();
});

const event = (): NewEvent => ({ id: randomUUID(), type: 'T', data: {}, metadata: { time: 1 } });

const open = async (login: string, settings: string, deadlineMs = 10_000): Promise<EventStore> => {
  const connectionString = `esdb://${login}localhost:${node.port}?${settings}`;
  const store = await openEsdbEventStore({ connectionString, deadlineMs });
  closers.push(() => store.close());
  return store;
};

describe('a server with TLS and users', () => {
  test('is opened by who trusts it and is known to it', async () => {
    const store = await open('ann:won%3Ader@', `tls=true&tlsCAFile=${files.certFile}`);
    expect((await store.append('s', 'no-stream', [event()])).revision).toBe(0n);
    const items = store.subscribe({ after: 'start' })[Symbol.asyncIterator]();
    expect((await items.next()).value).toMatchObject({ kind: 'events' });
    await items.return!();
    await store.deleteStream('s');
    expect(await store.scavenge()).toMatchObject({ removedEvents: expect.any(Number) });
    expect(store.health()).toMatchObject({ state: 'up' });
  });

  test.each<[what: string, login: string, code: string, message: RegExp]>([
    ['a wrong password', 'ann:wrong@', 'access-denied', /check user and password/],
    ['a stranger', 'bob:won%3Ader@', 'access-denied', /check user and password/],
    ['nobody', '', 'access-denied', /check user and password/],
  ])('is not opened by %s', async (_, login, code, message) => {
    const refused = open(login, `tls=true&tlsCAFile=${files.certFile}`);
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await expect(refused).rejects.toMatchObject({ message: expect.not.stringContaining('won') });
  });

  test.each<[what: string, settings: string, message: RegExp]>([
    ['who does not trust it', 'tls=true', /tlsCAFile=<path>/],
    ['who speaks no TLS', 'tls=false', /the server is away or cannot be reached/],
  ])('is not opened by %s', async (_, settings, message) => {
    const refused = open('ann:won%3Ader@', settings, 1_000);
    await expect(refused).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(message) });
  });
});

test('TLS towards a server that has none says so', async () => {
  const plain = await startEventStoreNode({
    log: new MemoryRecordLog(),
    host: 'localhost',
    port: 0,
    closeDeadlineMs: 200,
  });
  closers.push(() => plain.close());
  const refused = openEsdbEventStore({
    connectionString: `esdb://localhost:${plain.port}?tls=true`,
    deadlineMs: 1_000,
  });
  await expect(refused).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/say tls=false/) });
});

test('a cluster of nodes is asked who leads', async () => {
  const plain = await startEventStoreNode({ log: new MemoryRecordLog(), port: 0, closeDeadlineMs: 200 });
  closers.push(() => plain.close());
  const connectionString = `esdb://127.0.0.1:1,127.0.0.1:${plain.port}?tls=false`;
  const store = await openEsdbEventStore({ connectionString });
  closers.push(() => store.close());
  expect((await store.append('s', 'any', [event()])).revision).toBe(0n);
});

test('a cluster that is away is said to be, with the nodes that were asked', async () => {
  const refused = openEsdbEventStore({ connectionString: 'esdb://127.0.0.1:1,127.0.0.1:2?tls=false', deadlineMs: 500 });
  await expect(refused).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/none of 127\.0\.0\.1:1, 127\.0\.0\.1:2 tells who leads/),
  });
});

test('a store whose user is removed is down, and says what to do', async () => {
  const log = new MemoryRecordLog();
  const credentials: Record<string, string> = { ann: 'pw' };
  const tls = { cert: readFileSync(files.certFile), key: readFileSync(files.keyFile) };
  const own = await startEventStoreNode({ log, host: 'localhost', port: 0, tls, credentials, closeDeadlineMs: 200 });
  closers.push(() => own.close());
  const connectionString = `esdb://ann:pw@localhost:${own.port}?tls=true&tlsCAFile=${files.certFile}`;
  const store = await openEsdbEventStore({ connectionString, heartbeatMs: 50 });
  closers.push(() => store.close());
  delete credentials['ann'];
  await until(() => store.health().state === 'down');
  expect(store.health().detail).toMatch(/check user and password/);
  credentials['ann'] = 'pw';
  await until(() => store.health().state === 'up');
});
