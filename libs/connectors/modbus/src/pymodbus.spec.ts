import { RecordingSink } from '@millwright/edge/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ModbusConnector } from './modbus.connector.js';
import { modbusProtocol } from './modbus.protocol.js';
import { PymodbusDevice } from './pymodbus.fixture.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // Python takes its time to start on a busy machine

let device: PymodbusDevice;

beforeEach(async () => {
  device = await PymodbusDevice.started();
});
afterEach(() => device.kill());

const connector = (addresses: Record<string, object>, retryMs = 60_000): ModbusConnector =>
  new ModbusConnector(
    {
      name: 'plant/pymodbus',
      connection: modbusProtocol.connection.parse({ host: '127.0.0.1', port: device.port, unit: 9 }),
      points: Object.entries(addresses).map(([name, address]) => ({
        signal: `a:${name}`,
        address: modbusProtocol.address.parse(address),
        intervalMs: 20,
      })),
      now: Date.now,
      backoff: { minMs: 20, maxMs: 100 },
    },
    { retryFaults: { minMs: retryMs, maxMs: retryMs } },
  );

const VALUES: readonly [name: string, kind: string, value: number | string, address: object][] = [
  ['int16', '16bit_int', -1234, { type: 'int16' }],
  ['uint16', '16bit_uint', 65_000, { type: 'uint16' }],
  ['int32', '32bit_int', -100_000, { type: 'int32' }],
  ['uint32', '32bit_uint', 4_000_000_000, { type: 'uint32' }],
  ['int64', '64bit_int', -9_007_199_254_740_991, { type: 'int64' }],
  ['uint64', '64bit_uint', 9_007_199_254_740_991, { type: 'uint64' }],
  ['float32', '32bit_float', 0.5, { type: 'float32' }],
  ['float64', '64bit_float', Math.PI, { type: 'float64' }],
  ['text', 'string', 'LOT-0042', { type: 'text', registers: 4 }],
];

test('every type, in every table and both word orders, as pymodbus encodes it', async () => {
  const addresses: Record<string, object> = {};
  const expected: Record<string, unknown> = {};
  for (const table of ['holding', 'input']) {
    let register = 0;
    for (const wordorder of ['big', 'little']) {
      for (const [name, kind, value, address] of VALUES) {
        if (name === 'text' && wordorder === 'little') continue; // the order of words is one of numbers
        const id = `${table}-${wordorder}-${name}`;
        addresses[id] = { table, register, ...address, ...(wordorder === 'little' && { order: 'word-swapped' }) };
        expected[`a:${id}`] = value;
        await device.set({ table, register, encode: [[kind, value]], wordorder });
        register += 4;
      }
    }
  }
  await device.set({ table: 'coil', register: 10, bits: [true, false, true] });
  await device.set({ table: 'discrete', register: 0, bits: [false, true] });
  await device.set({ table: 'holding', register: 500, encode: [['16bit_uint', 0b1000]] });
  Object.assign(addresses, {
    'coil-10': { table: 'coil', register: 10 },
    'coil-11': { table: 'coil', register: 11 },
    'discrete-1': { table: 'discrete', register: 1 },
    'bit-3': { table: 'holding', register: 500, type: 'bool', bit: 3 },
    'bit-4': { table: 'holding', register: 500, type: 'bool', bit: 4 },
  });
  Object.assign(expected, {
    'a:coil-10': true,
    'a:coil-11': false,
    'a:discrete-1': true,
    'a:bit-3': true,
    'a:bit-4': false,
  });

  const report = await connector(addresses).probe(10_000);
  expect(report.signals.filter((s) => !s.ok)).toEqual([]);

  const sink = new RecordingSink();
  const abort = new AbortController();
  const subject = connector(addresses);
  const run = subject.run(sink, abort.signal);
  await sink.until(
    'every signal',
    () => new Set(sink.samples.map((s) => s.signal)).size === Object.keys(expected).length,
  );
  abort.abort();
  await run;
  expect(Object.fromEntries(sink.samples.map((s) => [s.signal, s.value]))).toEqual(expected);
  expect(subject.health().faults).toEqual([]);
});

test('an illegal address in the middle of a block is found, and comes back when the device has it', async () => {
  for (const register of [0, 1, 3])
    await device.set({ table: 'holding', register, encode: [['16bit_uint', register]] });
  const sink = new RecordingSink();
  const abort = new AbortController();
  const addresses = Object.fromEntries(
    [0, 1, 2, 3].map((r) => [`r${r}`, { table: 'holding', register: r, type: 'uint16' }]),
  );
  const subject = connector(addresses, 20);
  const run = subject.run(sink, abort.signal);
  await sink.until('the three others', () => [0, 1, 3].every((r) => sink.of(`a:r${r}`).length >= 2));
  expect(subject.health()).toMatchObject({
    link: 'up',
    faults: [{ signal: 'a:r2', reason: 'holding 2 uint16: the device has no such address (exception 2)' }],
  });
  await device.set({ table: 'holding', register: 2, encode: [['16bit_uint', 2]] });
  await sink.until('the missing one', () => sink.of('a:r2').length >= 2);
  expect(subject.health().faults).toEqual([]);
  abort.abort();
  await run;
});

test('killed in the middle: down in a sentence', async () => {
  await device.set({ table: 'holding', register: 0, encode: [['16bit_uint', 1]] });
  const sink = new RecordingSink();
  const abort = new AbortController();
  const subject = connector({ first: { table: 'holding', register: 0, type: 'uint16' } });
  const run = subject.run(sink, abort.signal);
  await sink.until('a value', () => sink.samples.length > 0);
  await device.kill();
  await sink.until('link down', () => sink.links.some((l) => l.state === 'down'));
  expect(subject.health().detail).toMatch(/Modbus device at 127\.0\.0\.1:\d+.*trying again in/);
  abort.abort();
  await run;
});
