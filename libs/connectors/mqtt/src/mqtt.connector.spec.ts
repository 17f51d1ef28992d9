import type { Connector } from '@millwright/edge';
import { eventually, RecordingSink } from '@millwright/edge/testing';
import getPort from 'get-port';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestBroker } from './aedes.fixture.js';
import { mqttProtocol, type MqttConnection } from './mqtt.protocol.js';

let broker: TestBroker;
let sink: RecordingSink;
let abort: AbortController;
let runs: Promise<void>[];

beforeEach(async () => {
  broker = await TestBroker.start();
  sink = new RecordingSink();
  abort = new AbortController();
  runs = [];
});
afterEach(async () => {
  abort.abort();
  sink.release();
  await Promise.allSettled(runs);
  await broker.stop();
});

const connector = (addresses: Readonly<Record<string, object>>, settings: Partial<MqttConnection> = {}): Connector =>
  mqttProtocol.connect({
    name: 'line/broker',
    connection: mqttProtocol.connection.parse({ url: broker.url, ...settings }),
    points: Object.entries(addresses).map(([signal, address]) => ({
      signal,
      address: mqttProtocol.address.parse(address),
      intervalMs: 100,
    })),
    now: Date.now,
    backoff: { minMs: 10, maxMs: 50 },
  });
const start = async (subject: Connector): Promise<Connector> => {
  runs.push(subject.run(sink, abort.signal));
  await sink.until('link up', () => sink.links.some((l) => l.state === 'up'));
  return subject;
};
const seen = (signal: string): unknown[] => sink.of(signal).map((s) => s.value);
const samples = (count: number): Promise<void> => sink.until(`${count} samples`, () => sink.samples.length >= count);

describe('messages', () => {
  test.each([
    ['21.5', 21.5],
    ['-3', -3],
    ['true', true],
    ['"42"', '42'],
    ['running', 'running'],
    ['NaN', 'NaN'],
    ['{"a":1}', { a: 1 }],
  ])('as a whole: %s is %j', async (payload, value) => {
    await start(connector({ 'a:x': { topic: 't' } }));
    await broker.publish('t', payload);
    await samples(1);
    expect(seen('a:x')).toEqual([value]);
  });

  test('of one topic give several signals, in the order of the plant file, from one subscription', async () => {
    await start(
      connector({
        'a:x': { topic: 't', path: 'x', timestamp: 'at' },
        'a:y': { topic: 't', path: 'deep.y' },
        'a:z': { topic: 't', path: 'list.1' },
      }),
    );
    await broker.publish('t', '{"x":1.5,"deep":{"y":true},"list":["no","yes"],"at":"2026-01-01T00:00:00Z"}');
    await samples(3);
    expect(sink.samples).toEqual([
      { signal: 'a:x', value: 1.5, status: 0, sourceTime: Date.UTC(2026, 0, 1), redelivered: false },
      { signal: 'a:y', value: true, status: 0 },
      { signal: 'a:z', value: 'yes', status: 0 },
    ]);
  });

  test('that are no JSON are rejected with an example; whole-message signals of the topic go on', async () => {
    const subject = await start(connector({ 'a:x': { topic: 't', path: 'x' }, 'a:raw': { topic: 't' } }));
    await broker.publish('t', 'hello {');
    await samples(1);
    expect(seen('a:raw')).toEqual(['hello {']);
    expect(sink.rejects).toEqual([{ reason: 'not-json', example: 't: hello {' }]);
    expect(subject.health().faults).toEqual([
      { signal: 'a:x', reason: 'the last message on topic "t" is not JSON: hello {' },
    ]);
    await broker.publish('t', '{"x":3}');
    await samples(3);
    expect(seen('a:x')).toEqual([3]);
    expect(subject.health().faults).toEqual([]);
  });

  test('without the path give a sample without value, and a fault that says where', async () => {
    const subject = await start(connector({ 'a:x': { topic: 't', path: 'x.y' }, 'a:z': { topic: 't', path: 'z' } }));
    await broker.publish('t', '{"x":5,"z":6}');
    await samples(2);
    expect([seen('a:x'), seen('a:z')]).toEqual([[undefined], [6]]);
    expect(subject.health().faults).toEqual([
      {
        signal: 'a:x',
        reason: 'the last message on topic "t" has nothing at path "x.y"; compare the path with the message',
      },
    ]);
  });

  test('with a timestamp that is none hand it on for the pipeline to refuse; without one, none', async () => {
    await start(connector({ 'a:x': { topic: 't', path: 'x', timestamp: 'at' } }));
    await broker.publish('t', '{"x":1,"at":"yesterday"}');
    await broker.publish('t', '{"x":2}');
    await samples(2);
    expect(sink.samples.map((s) => s.sourceTime)).toEqual([Number.NaN, undefined]);
  });

  test('that are empty or huge are rejected', async () => {
    await start(connector({ 'a:x': { topic: 't' } }));
    await broker.publish('t', '', { retain: false });
    await broker.publish('t', `"${'x'.repeat(1024 * 1024)}"`, { retain: false });
    await sink.until('two rejects', () => sink.rejects.length === 2);
    expect(sink.rejects.map((r) => r.reason)).toEqual(['empty-message', 'message-too-large']);
    expect(sink.samples).toEqual([]);
  });

  test('retained ones arrive at the start', async () => {
    await broker.publish('t', '17');
    await start(connector({ 'a:x': { topic: 't' } }));
    await samples(1);
    expect(seen('a:x')).toEqual([17]);
  });

  test('of QoS 0 go on while the sink is silent, and nothing waits for them', async () => {
    await start(connector({ 'a:x': { topic: 't', qos: 0 } }, { maxInFlight: 2 }));
    sink.hold();
    for (let i = 0; i < 10; i++) await broker.publish('t', `${i}`, { qos: 0, retain: false });
    await samples(10);
    expect([seen('a:x'), sink.outstanding]).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 0]);
  });
});

describe('the session', () => {
  test('goes on after a pause: what was published meanwhile arrives', async () => {
    const addresses = { 'a:x': { topic: 't' } };
    await start(connector(addresses));
    abort.abort();
    await Promise.all(runs);
    for (let i = 0; i < 5; i++) await broker.publish('t', `${i}`, { retain: false });
    abort = new AbortController();
    await start(connector(addresses));
    await samples(5);
    expect(seen('a:x')).toEqual([0, 1, 2, 3, 4]);
  });

  test('of before this process brings what may be known already', async () => {
    const addresses = { 'a:x': { topic: 't', path: 'v', timestamp: 'at' } };
    await start(connector(addresses));
    abort.abort();
    await Promise.all(runs);
    await broker.publish('t', '{"v":1,"at":1000}', { retain: false });
    abort = new AbortController();
    await start(connector(addresses));
    await samples(1);
    expect(sink.samples).toMatchObject([{ value: 1, redelivered: true }]);
  });

  test('drops a subscription that the plant file no longer has', async () => {
    await start(connector({ 'a:x': { topic: 'old' } }));
    abort.abort();
    await Promise.all(runs);
    abort = new AbortController();
    await start(connector({ 'a:x': { topic: 'new' } }));
    const unsubscribed = new Promise<void>((resolve) => broker.aedes!.once('unsubscribe', () => resolve()));
    await broker.publish('old', '1', { retain: false });
    await unsubscribed;
    expect(sink.rejects).toEqual([{ reason: 'unknown-topic', example: 'old: 1' }]);
    await broker.publish('old', '2', { retain: false });
    await broker.publish('new', '3', { retain: false });
    await samples(1);
    expect([seen('a:x'), sink.rejects.length]).toEqual([[3], 1]);
  });

  test('survives a sink that is silent for longer than the keepalive', async () => {
    const addresses = { 'a:x': { topic: 't' } };
    await start(connector(addresses, { maxInFlight: 1, keepaliveSeconds: 1 }));
    sink.hold();
    let pings = 0;
    broker.aedes!.on('ping', () => pings++);
    for (let i = 0; i < 3; i++) await broker.publish('t', `${i}`, { retain: false });
    await eventually('pings for twice the keepalive', () => pings >= 6);
    expect(sink.links.map((l) => l.state)).toEqual(['up']);
    sink.release();
    await samples(3);
    expect(seen('a:x')).toEqual([0, 1, 2]);
  });
});

describe('what the broker refuses', () => {
  test('a topic: its signals have a fault, the others go on', async () => {
    broker.aedes!.authorizeSubscribe = (_client, subscription, done) =>
      done(null, subscription.topic === 'secret' ? null : subscription);
    const subject = await start(connector({ 'a:x': { topic: 'secret' }, 'a:y': { topic: 't' } }));
    await broker.publish('t', '1');
    await samples(1);
    expect(subject.health().faults).toEqual([
      { signal: 'a:x', reason: expect.stringContaining('the broker refuses the subscription of topic "secret"') },
    ]);
    const report = await connector({ 'a:x': { topic: 'secret' }, 'a:y': { topic: 't' } }).probe(5_000);
    expect(report.signals.map((s) => s.ok)).toEqual([false, true]);
  });

  test('us: the reason says what to check, and no secret', async () => {
    broker.aedes!.authenticate = (_client, _username, _password, done) => done(null, false);
    const report = await connector({ 'a:x': { topic: 't' } }, { username: 'mill', password: 'hunter2' }).probe(5_000);
    expect(report.ok).toBe(false);
    expect(report.detail).toMatch(/refuses us: .*; check username and password/);
    expect(JSON.stringify(report)).not.toContain('hunter2');
  });

  test('MQTT 5, which this broker does not speak, when the plant file asks for it', async () => {
    const report = await connector({ 'a:x': { topic: 't' } }, { version: '5' }).probe(5_000);
    expect(report.ok).toBe(false);
    expect((await connector({ 'a:x': { topic: 't' } }, { version: '3.1.1' }).probe(200)).detail).toContain(
      '(MQTT 3.1.1)',
    );
  });
});

test('probe says what is at each topic, and does not disturb the session of the connector', async () => {
  await start(connector({ 'a:x': { topic: 't' } }));
  await broker.publish('t', '12');
  const report = await connector({ 'a:x': { topic: 't' }, 'a:silent': { topic: 'silent' } }).probe(300);
  expect(report.signals).toEqual([
    { signal: 'a:x', ok: true, detail: 'topic "t" has the value 12' },
    { signal: 'a:silent', ok: true, detail: expect.stringContaining('no message came in time') },
  ]);
  await broker.publish('t', '13');
  await samples(2);
  expect(sink.links.map((l) => l.state)).toEqual(['up']);
});

test('what listens there is no broker: a sentence says so', async () => {
  const port = await getPort();
  const { createServer } = await import('node:http');
  const server = createServer((_request, response) => response.end()).listen(port, '127.0.0.1');
  const report = await connector({ 'a:x': { topic: 't' } }, { url: `mqtt://127.0.0.1:${port}` }).probe(5_000);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect(report.ok).toBe(false);
  expect(report.detail).toContain(`mqtt://127.0.0.1:${port}`);
});
