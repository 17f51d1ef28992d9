import { once } from 'node:events';
import { createServer } from 'node:net';
import { modbusProtocol } from '@millwright/connector-modbus';
import { mqttConnection, mqttProtocol } from '@millwright/connector-mqtt';
import { opcuaProtocol } from '@millwright/connector-opcua';
import type { Protocol } from '@millwright/edge';
import { RecordingSink } from '@millwright/edge/testing';
import type { Plant } from '@millwright/plant-model';
import { Aedes } from 'aedes';
import getPort from 'get-port';
import { afterEach, describe, expect, test } from 'vitest';
import type { Device } from './devices/device.js';
import { ModbusDevice } from './devices/modbus-device.js';
import { MqttDevice } from './devices/mqtt-device.js';
import { OpcuaDevice } from './devices/opcua-device.js';
import { readPlant } from './plant-files.js';
import { DEMO_PLANT, demoPorts, PACKING_LINE, plantFile } from './plants.fixture.js';
import { startVirtualPlant } from './virtual-plant.js';

const PROTOCOLS = [modbusProtocol, mqttProtocol, opcuaProtocol] as readonly Protocol[];

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Starts the plant's devices, and reads all of them with the connectors that the server uses. */
const startAndRead = async (plant: Plant): Promise<RecordingSink> => {
  const devices = await startVirtualPlant(plant, { speed: 60, now: Date.now });
  const sink = new RecordingSink();
  const stop = new AbortController();
  const running = plant.connections.map(({ name, protocol, settings }) => {
    const points = plant.bindings.filter((b) => b.connection === name);
    const connect = PROTOCOLS.find((p) => p.name === protocol)!;
    return connect.connect({ name, connection: settings, points, now: Date.now }).run(sink, stop.signal);
  });
  cleanUps.push(async () => {
    stop.abort();
    await Promise.all(running);
    await devices.stop();
  });
  return sink;
};

const plantOf = async (text: string, env: Record<string, string>): Promise<Plant> => {
  const file = plantFile(text);
  cleanUps.push(file.remove);
  return readPlant(file.path, env);
};

describe('the demo line', () => {
  test('tells every signal over its real protocol, and its parts flow', async () => {
    const plant = await readPlant(DEMO_PLANT, await demoPorts());
    const sink = await startAndRead(plant);
    const told = (): Set<string> => new Set(sink.samples.map((s) => s.signal));
    await sink.until('each bound signal', () => plant.bindings.every((b) => told().has(b.signal)), 30_000);
    const of = (name: string) => sink.of(`acme/hamburg/assembly/bonding-line/${name}`);
    await sink.until('three parts through the inspection', () => of('s5:part-result').length >= 3, 30_000);
    await sink.until('states of the dispenser over OPC UA', () => of('s3:good-count').length >= 3, 30_000);

    expect(sink.rejects).toEqual([]);
    expect(sink.samples.filter((s) => s.status !== 0)).toEqual([]);
    for (const binding of plant.bindings) {
      const signal = plant.assets
        .find((a) => a.asset === binding.asset)!
        .signals.find((s) => binding.signal.endsWith(`:${s.name}`))!;
      if (signal.states) expect(Object.keys(signal.states)).toContain(String(sink.of(binding.signal)[0]!.value));
      if (signal.dataType === 'number') expect(sink.of(binding.signal)[0]!.value).toBeTypeOf('number');
    }
    // The device's own time is wall time, also at sixty times the speed.
    const lastPart = of('s5:part-result').at(-1)!;
    expect(Math.abs(lastPart.sourceTime! - Date.now())).toBeLessThan(60_000);
    expect(of('s5:bond-strength').length).toBe(of('s5:part-result').length);
  });
});

describe('another plant file', () => {
  test('is simulated without a line of code: two units behind one port, every role and data type, several namespaces', async () => {
    const env = { MODBUS: String(await getPort()), OPCUA: String(await getPort()), MQTT: String(await getPort()) };
    const plant = await plantOf(PACKING_LINE, env);
    const sink = await startAndRead(plant);
    const of = (name: string) => sink.of(`acme/hamburg/packing/packing-line/${name}`).map((s) => s.value);
    await sink.until('each bound signal', () => plant.bindings.every((b) => sink.of(b.signal).length > 0), 30_000);
    await sink.until('scrap found where it is made', () => Number(of('seal:scrap').at(-1)) > 0, 30_000);

    expect(of('fill:running')[0]).toBeTypeOf('boolean');
    // 500 g are told as (500 - 100) / 0.1, as the edge rule of the signal undoes.
    expect(new Set(of('fill:weight'))).toEqual(new Set([4_000]));
    expect(['R', 'W', 'B', 'F']).toContain(of('weigh:state')[0]);
    expect(of('weigh:constant')[0]).toBe(500);
    expect(of('weigh:passed')[0]).toBe(true);
    expect(Number(of('seal:good').at(-1))).toBeGreaterThan(Number(of('seal:scrap').at(-1)));
  });

  test('without any simulation is said to be so', async () => {
    const plant = await plantOf(PACKING_LINE.replaceAll(/^ +simulation: .*\n/gm, ''), {
      MODBUS: '1',
      OPCUA: '2',
      MQTT: '3',
    });
    await expect(startVirtualPlant(plant, { speed: 1, now: Date.now })).rejects.toThrow(
      'no line of the plant has a "simulation:" block',
    );
  });
});

describe('a port that is taken', () => {
  const occupy = async (port: number): Promise<void> => {
    const server = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
    await once(server, 'listening');
    cleanUps.push(() => server.close());
  };

  test.each<[string, (port: number) => Device, RegExp]>([
    [
      'modbus',
      (port) => new ModbusDevice('127.0.0.1', port, () => 1),
      /modbus device: port \d+ on 127.0.0.1 is taken .* BONDING_MODBUS_PORT/,
    ],
    [
      'opcua',
      (port) => new OpcuaDevice(`opc.tcp://127.0.0.1:${port}`, []),
      /opcua device: port \d+ on 127.0.0.1 is taken .* BONDING_OPCUA_PORT/,
    ],
    [
      'mqtt',
      (port) => new MqttDevice(mqttConnection.parse({ url: `mqtt://127.0.0.1:${port}` }), []),
      /mqtt device: something listens on 127.0.0.1:\d+, but .* BONDING_MQTT_PORT/,
    ],
  ])('%s: a sentence says which, and what to do', async (_, make, sentence) => {
    const port = await getPort();
    await occupy(port);
    const device = make(port);
    cleanUps.push(() => device.stop());
    await expect(device.start()).rejects.toThrow(sentence);
  });

  test('stops the devices that did start', async () => {
    const env = await demoPorts();
    await occupy(Number(env['BONDING_MODBUS_PORT']));
    const plant = await readPlant(DEMO_PLANT, env);
    await expect(startVirtualPlant(plant, { speed: 1, now: Date.now })).rejects.toThrow('modbus device');
    await occupy(Number(env['BONDING_MQTT_PORT']));
    await occupy(Number(env['BONDING_OPCUA_PORT']));
  });
});

test('a broker that is there already is used', async () => {
  const env = await demoPorts();
  const broker = await Aedes.createBroker();
  const server = createServer((socket) => void broker.handle(socket)).listen(
    Number(env['BONDING_MQTT_PORT']),
    '127.0.0.1',
  );
  await once(server, 'listening');
  cleanUps.push(async () => {
    await new Promise<void>((resolve) => broker.close(() => resolve()));
    server.close();
  });
  const published = new Promise<string>((resolve) =>
    broker.on('publish', ({ topic, qos }) => topic === 'bonding-line/s5/state' && resolve(`qos ${qos}`)),
  );
  const devices = await startVirtualPlant(await readPlant(DEMO_PLANT, env), { speed: 60, now: Date.now });
  cleanUps.push(() => devices.stop());
  expect(devices.description).toContain('a broker was there already');
  expect(await published).toBe('qos 1');
});
