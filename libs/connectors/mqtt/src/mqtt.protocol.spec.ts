import { readFileSync } from 'node:fs';
import { loadPlant } from '@millwright/plant-model';
import { describe, expect, test } from 'vitest';
import { mqttAddress, mqttConnection, mqttProtocol } from './mqtt.protocol.js';

const issuesOf = (schema: typeof mqttAddress | typeof mqttConnection, value: unknown): string[] =>
  schema.safeParse(value).error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? [];

test('the sample is a plant file without problems', () => {
  const text = readFileSync(new URL('../sample.yaml', import.meta.url), 'utf8');
  const loaded = loadPlant([{ file: 'sample.yaml', text }], {
    protocols: [mqttProtocol],
    stationTypes: ['station'],
    env: { MQTT_PASSWORD: 'secret' },
  });
  expect(loaded).toMatchObject({ ok: true });
  const plant = loaded.ok ? loaded.plant : undefined;
  expect(plant!.connections).toMatchObject([
    { name: 'acme/hamburg/assembly/packaging/broker', settings: { password: 'secret', maxInFlight: 8192 } },
  ]);
  expect(plant!.bindings.map((b) => mqttProtocol.describe(mqttAddress.parse(b.address)))).toEqual([
    'packaging/labeller/state',
    'packaging/labeller/telemetry temperature.glue',
    'packaging/labeller/telemetry temperature.head',
    'packaging/labeller/inspection checks.0.ok',
    'packaging/labeller/vibration',
  ]);
});

describe('connection', () => {
  test('has defaults', () => {
    expect(mqttConnection.parse({ url: 'mqtt://broker' })).toEqual({
      url: 'mqtt://broker',
      keepaliveSeconds: 30,
      maxInFlight: 8192,
    });
  });

  test.each(['http://broker', 'broker:1883', 'mqtt://user:pw@broker', ''])(
    'refuses the url %j in a sentence',
    (url) => {
      expect(issuesOf(mqttConnection, { url })).toEqual([
        expect.stringMatching(/^url: expected an URL such as "mqtt:\/\//),
      ]);
    },
  );
});

describe('address', () => {
  test('takes QoS 1 unless told otherwise', () => {
    expect(mqttAddress.parse({ topic: 'a/b' })).toEqual({ topic: 'a/b', qos: 1 });
  });

  test.each(['a/+/b', '#', 'a/#', ''])('refuses the topic %j', (topic) => {
    expect(issuesOf(mqttAddress, { topic })).toHaveLength(1);
  });

  test.each(['', '.', 'a..b', 'a.'])('refuses the path %j', (path) => {
    expect(issuesOf(mqttAddress, { topic: 't', path })).toEqual([expect.stringContaining('such as "data.0.value"')]);
  });

  test('a timestamp needs a path beside it', () => {
    expect(issuesOf(mqttAddress, { topic: 't', timestamp: 'at' })).toEqual([
      expect.stringMatching(/^timestamp: .*give "path" too/),
    ]);
  });

  test('a long topic is described in a few characters', () => {
    expect(mqttProtocol.describe({ topic: 't'.repeat(500), qos: 1 })).toHaveLength(99);
  });
});
