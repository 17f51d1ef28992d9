import { RecordingSink } from '@millwright/edge/testing';
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Mosquitto } from './mosquitto.fixture.js';
import { mqttProtocol, type MqttConnection } from './mqtt.protocol.js';

let broker: Mosquitto;
let sink: RecordingSink;
let publisher: MqttClient;
let abort: AbortController;
let run: Promise<void>;

beforeEach(async () => {
  broker = await Mosquitto.start();
  sink = new RecordingSink();
  publisher = await mqtt.connectAsync(broker.url, { clientId: 'publisher', clean: false, reconnectPeriod: 20 });
  publisher.on('error', () => undefined);
});
afterEach(async () => {
  await stop();
  await publisher.endAsync(true);
  await broker.close();
});

const start = async (
  settings: Partial<MqttConnection> = {},
  addresses: readonly object[] = [{ topic: 't' }],
): Promise<void> => {
  abort = new AbortController();
  const ups = (): number => sink.links.filter((l) => l.state === 'up').length;
  const before = ups();
  const connector = mqttProtocol.connect({
    name: 'line/broker',
    connection: mqttProtocol.connection.parse({ url: broker.url, ...settings }),
    points: addresses.map((address) => ({
      signal: 'a:x',
      address: mqttProtocol.address.parse(address),
      intervalMs: 100,
    })),
    now: Date.now,
    backoff: { minMs: 20, maxMs: 100 },
  });
  run = connector.run(sink, abort.signal);
  await sink.until('link up', () => ups() > before);
};
const stop = async (): Promise<void> => {
  abort.abort();
  sink.release();
  await run;
};
const publish = (...values: number[]): Promise<unknown> =>
  Promise.all(values.map((value) => publisher.publishAsync('t', `${value}`, { qos: 1 })));
const values = (): unknown[] => sink.samples.map((s) => s.value);
const ups = (count: number): Promise<void> =>
  sink.until(`link up, ${count} times`, () => sink.links.filter((l) => l.state === 'up').length >= count);

test.each(['5', '3.1.1'] as const)(
  'MQTT %s: a message that the sink did not make durable comes again',
  async (version) => {
    await start({ version });
    sink.hold();
    await publish(1, 2, 3);
    await sink.until('three samples', () => sink.samples.length === 3);
    sink.fail('the process is about to die');
    await sink.until('three samples again', () => sink.samples.length === 6);
    expect(values()).toEqual([1, 2, 3, 1, 2, 3]);
    sink.release();
    await publish(4);
    await sink.until('the next', () => sink.samples.length === 7);
  },
);

test('a message that may be known from before the restart says so to the pipeline', async () => {
  const addresses = [{ topic: 't', path: 'v', timestamp: 'at' }];
  await start({}, addresses);
  sink.hold();
  await publisher.publishAsync('t', '{"v":1,"at":1700000000000}', { qos: 1 });
  await sink.until('the sample', () => sink.samples.length === 1);
  abort.abort();
  await run;
  await start({}, addresses);
  await sink.until('the sample again', () => sink.samples.length === 2);
  expect(sink.samples.map((s) => s.redelivered)).toEqual([false, true]);
});

test.each(['5', '3.1.1'] as const)('MQTT %s: an acknowledged message never comes again', async (version) => {
  await start({ version });
  await publish(1, 2, 3);
  await sink.until('three samples', () => sink.samples.length === 3);
  await stop();
  await start({ version });
  await publish(4);
  await sink.until('the next', () => values().includes(4));
  expect(values()).toEqual([1, 2, 3, 4]);
});

test('a broker that restarts sends again what is not acknowledged; it is stored once all the same', async () => {
  await start();
  sink.hold();
  await publish(1, 2, 3);
  await sink.until('three samples', () => sink.samples.length === 3);
  await broker.stop();
  await broker.start();
  await ups(2);
  expect(sink.links.at(-1)!.reason).toContain('session resumed');
  sink.release();
  await publish(4);
  await sink.until('the next', () => values().includes(4));
  await stop();
  await start();
  await publish(5);
  await sink.until('the last', () => values().includes(5));
  expect(values()).toEqual([1, 2, 3, 4, 5]);
});

test('of 10,000 messages of QoS 1 none is lost when the broker restarts midway', { timeout: 60_000 }, async () => {
  const count = 10_000;
  await start();
  const published = publish(...Array.from({ length: count }, (_, i) => i));
  await sink.until('a third of them', () => sink.samples.length > count / 3, 30_000);
  await broker.stop();
  await broker.start();
  await published;
  const seen = new Set<unknown>();
  let looked = 0;
  const allSeen = (): boolean => {
    while (looked < sink.samples.length) seen.add(sink.samples[looked++]!.value);
    return seen.size === count;
  };
  await sink.until('all of them', allSeen, 30_000);
});
