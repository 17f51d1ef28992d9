import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ConnectorOptions, SampleSink } from '@millwright/edge';
import { eventually, RecordingSink } from '@millwright/edge/testing';
import getPort from 'get-port';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import type { OpcuaAddress, OpcuaConnection } from './address.js';
import type { OpcuaTuning } from './monitor.js';
import { OpcuaConnector } from './opcua.connector.js';
import { opcuaProtocol } from './opcua.protocol.js';
import {
  DataType,
  MessageSecurityMode,
  SecurityPolicy,
  ServerCapabilities,
  StatusCode,
  StatusCodes,
  TestServer,
} from './server.fixture.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // a server takes a second to start, more on a busy machine

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

let plain: TestServer | undefined;
afterAll(() => plain?.stop());

/** One server without special settings for all cases, since each takes its time to start. */
const plainServer = async (): Promise<TestServer> => {
  plain ??= await TestServer.started();
  await plain.start();
  return plain;
};
const started = async (options: Parameters<typeof TestServer.started>[0]): Promise<TestServer> => {
  const server = await TestServer.started(options);
  closers.push(() => server.stop());
  return server;
};

interface Setup extends OpcuaTuning {
  readonly connection?: object;
  readonly intervalMs?: number;
}

const connector = (endpoint: string, nodes: readonly string[], setup: Setup = {}): OpcuaConnector => {
  const { connection, intervalMs = 50, ...tuning } = setup;
  const options: ConnectorOptions<OpcuaConnection, OpcuaAddress> = {
    name: 'plant/server',
    connection: opcuaProtocol.connection.parse({ endpoint, timeout: '3 s', ...connection }),
    points: nodes.map((name) => ({
      signal: `a:${name}`,
      address: opcuaProtocol.address.parse({ node: name.includes('=') ? name : `ns=2;s=${name}` }),
      intervalMs,
    })),
    now: Date.now,
    backoff: { minMs: 20, maxMs: 50 },
  };
  return new OpcuaConnector(options, { retryFaults: { minMs: 50, maxMs: 100 }, ...tuning });
};

const run = (subject: OpcuaConnector, sink: SampleSink): void => {
  const abort = new AbortController();
  const done = subject.run(sink, abort.signal);
  closers.push(() => {
    abort.abort();
    return done;
  });
};

test('times and status come as the server has them', async () => {
  const server = await plainServer();
  const time = new Date('2026-03-01T12:00:00.123Z');
  server.set('x', { dataType: DataType.Double, value: 1.5 }, StatusCodes.UncertainSensorNotAccurate, time);
  const sink = new RecordingSink();
  run(connector(server.endpoint, ['x']), sink);
  await sink.until('the value', () => sink.samples.length > 0);
  expect(sink.samples[0]).toMatchObject({ signal: 'a:x', value: 1.5, status: 0x4093_0000, sourceTime: time.getTime() });
  expect(sink.samples[0]!.serverTime).toSatisfy(Number.isSafeInteger);
});

test("the server's queue overflowed: the health says that values are lost", async () => {
  const server = await plainServer();
  server.set(
    'x',
    { dataType: DataType.Int32, value: 1 },
    StatusCode.makeStatusCode(StatusCodes.Good, 'Overflow | InfoTypeDataValue'),
  );
  const sink = new RecordingSink();
  const subject = connector(server.endpoint, ['x']);
  run(subject, sink);
  await sink.until('the value', () => sink.samples.length > 0);
  expect(sink.samples[0]).toMatchObject({ value: 1, status: 0x0480 });
  expect(subject.health().detail).toContain("the server's queue for a:x overflowed");
});

test('a server that takes few items per call gets few', async () => {
  const server = await started({
    serverCapabilities: new ServerCapabilities({
      operationLimits: { maxMonitoredItemsPerCall: 7, maxNodesPerRead: 7 },
    }),
  });
  const names = Array.from({ length: 40 }, (_, i) => `v${i}`);
  names.forEach((name, value) => server.set(name, { dataType: DataType.Int32, value }));
  const sink = new RecordingSink();
  const subject = connector(server.endpoint, names);
  run(subject, sink);
  await sink.until('every signal', () => new Set(sink.samples.map((s) => s.signal)).size === names.length);
  expect(subject.health()).toMatchObject({ link: 'up', faults: [] });
  expect(await connector(server.endpoint, names).probe(10_000)).toMatchObject({ ok: true });
});

test('a node that comes later is found, without a new connection', async () => {
  const server = await plainServer();
  server.set('there', { dataType: DataType.Int32, value: 1 });
  const sink = new RecordingSink();
  const subject = connector(server.endpoint, ['there', 'late', 'nsu=urn:nowhere;s=x']);
  run(subject, sink);
  await sink.until('the one that is there', () => sink.of('a:there').length > 0);
  expect(subject.health().faults).toEqual([
    { signal: 'a:late', reason: expect.stringContaining('ns=2;s=late: the server says BadNodeIdUnknown') },
    { signal: 'a:nsu=urn:nowhere;s=x', reason: 'nsu=urn:nowhere;s=x: the server has no such namespace' },
  ]);
  server.set('late', { dataType: DataType.Int32, value: 2 });
  await sink.until('the late one', () => sink.of('a:late').length > 0);
  expect(subject.health().faults.map((f) => f.signal)).toEqual(['a:nsu=urn:nowhere;s=x']);
  expect(sink.links).toHaveLength(1);
});

test('a bad status is passed on and shows in the faults, until it is good again', async () => {
  const server = await plainServer();
  server.set('x', { dataType: DataType.Double, value: 0 }, StatusCodes.BadSensorFailure);
  const sink = new RecordingSink();
  const subject = connector(server.endpoint, ['x']);
  run(subject, sink);
  await sink.until('the bad value', () => sink.samples.some((s) => s.status === 0x808c_0000));
  expect(subject.health().faults).toMatchObject([
    { signal: 'a:x', reason: expect.stringContaining('BadSensorFailure') },
  ]);
  server.set('x', { dataType: DataType.Double, value: 1 });
  await sink.until('the good value', () => sink.samples.some((s) => s.value === 1));
  expect(subject.health().faults).toEqual([]);
});

describe('users', () => {
  const userManager = { isValidUser: (user: string, password: string) => user === 'mill' && password === 'wright' };
  // A server encrypts passwords by a policy of its own; without one it offers no login by name.
  const securityModes = [MessageSecurityMode.None, MessageSecurityMode.SignAndEncrypt];
  const securityPolicies = [SecurityPolicy.None, SecurityPolicy.Basic256Sha256];
  const only = { allowAnonymous: false, userManager, securityModes, securityPolicies };

  test('none offered', async () => {
    const server = await plainServer();
    const report = await connector(server.endpoint, ['x'], {
      connection: { username: 'mill', password: 'wright' },
    }).probe(10_000);
    expect(report).toMatchObject({
      ok: false,
      detail: expect.stringContaining('offers no login by name and password'),
    });
  });

  test.each([
    [{ username: 'mill', password: 'wright' }, true, 'answers: 1 of 1 signals can be read'],
    [{ username: 'mill', password: 'wrong' }, false, 'the server refuses the user "mill": check username and password'],
    [{}, false, 'the server refuses anonymous users: set username and password'],
  ])('%j', async (connection, ok, detail) => {
    const server = await started(only);
    server.set('x', { dataType: DataType.Int32, value: 1 });
    const report = await connector(server.endpoint, ['x'], { connection }).probe(10_000);
    expect(report).toMatchObject({ ok, detail: expect.stringContaining(detail) });
  });
});

test('a server that insists on encryption: the sentence says what to do', async () => {
  const server = await started({
    securityModes: [MessageSecurityMode.SignAndEncrypt],
    securityPolicies: [SecurityPolicy.Basic256Sha256],
  });
  const report = await connector(server.endpoint, ['x']).probe(10_000);
  expect(report.detail).toContain('come with issue 4');
});

test('nothing is written to the console, and nothing into the home folder', async () => {
  const written = (['log', 'warn', 'error', 'info'] as const).map((name) => vi.spyOn(console, name));
  const sink = new RecordingSink();
  const port = await getPort();
  const subject = connector(`opc.tcp://127.0.0.1:${port}`, ['x']);
  run(subject, sink);
  await sink.until('it was tried', () => sink.links.length >= 3);
  const server = await plainServer();
  run(connector(server.endpoint, ['no-such-node']), sink);
  await sink.until('one is up', () => sink.links.some((l) => l.state === 'up'));
  await server.stop();
  await eventually('it is down', () => sink.links.at(-1)!.state === 'down');
  for (const spy of written) expect(spy).not.toHaveBeenCalled();
  const config = await readdir(join(homedir(), '.config')).catch(() => []);
  expect(config.filter((name) => name.startsWith('node-opcua'))).toEqual([]);
});
