import { eventually, RecordingSink } from '@millwright/edge/testing';
import getPort from 'get-port';
import { afterEach, describe, expect, test } from 'vitest';
import { RawDevice } from './device.fixture.js';
import { modbusAddress, modbusConnection } from './address.js';
import { ModbusConnector } from './modbus.connector.js';
import { ModbusLink } from './modbus-link.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const raw = async (answer: (request: Buffer, n: number) => Buffer | undefined): Promise<RawDevice> => {
  const device = await RawDevice.started(answer);
  closers.push(() => device.close());
  return device;
};
const open = async (port: number, timeout = '20 s'): Promise<ModbusLink> => {
  const link = await ModbusLink.open(modbusConnection.parse({ host: '127.0.0.1', port, timeout, unit: 7 }));
  closers.push(() => link.close());
  return link;
};
const exception = (request: Buffer, code: number): Buffer => {
  const answer = Buffer.from([...request.subarray(0, 8), code]);
  answer.writeUInt16BE(3, 4);
  answer[7]! |= 0x80;
  return answer;
};

test('asks with unit, function, address and count as the standard has it', async () => {
  const device = await raw((request) => RawDevice.registers(request, 0x1234, 0x5678));
  const link = await open(device.port);
  expect((await link.read('input', 300, 2)).toString('hex')).toBe('12345678');
  // transaction, protocol 0, length 6, unit 7, function 4, address 0x012c, count 2
  expect(device.requests[0]!.subarray(2).toString('hex')).toBe('0000' + '0006' + '07' + '04' + '012c' + '0002');
});

describe('each trouble is a sentence', () => {
  test('nothing listens', async () => {
    await expect(open(await getPort())).rejects.toThrow(/cannot connect to the Modbus device at 127\.0\.0\.1:\d+: /);
  });

  test('silence', async () => {
    const link = await open((await raw(() => undefined)).port, '100 ms');
    await expect(link.read('holding', 0, 1)).rejects.toThrow('read of 1 from holding 0: no answer within 100 ms');
  });

  test.each([
    [2, 'the device has no such address (exception 2)', 'RefusedError'],
    [9, 'the device refuses with exception 9', 'RefusedError'],
    [11, 'the device behind the gateway does not answer (exception 11)', 'LinkLostError'],
  ])('exception %d', async (code, message, name) => {
    const link = await open((await raw((request) => exception(request, code))).port);
    await expect(link.read('coil', 0, 1)).rejects.toMatchObject({ message, name });
  });

  test('an answer to another question', async () => {
    const link = await open((await raw((request) => RawDevice.registers(request, 1, 2, 3))).port);
    await expect(link.read('holding', 0, 1)).rejects.toThrow('the answer is malformed');
  });

  test('the device hangs up in the middle of a request', async () => {
    const device = await raw(() => undefined);
    const link = await open(device.port);
    const reading = link.read('holding', 0, 1);
    const failed = expect(reading).rejects.toThrow('closed the connection');
    await eventually('the request is there', () => device.requests.length === 1);
    await device.close();
    closers.splice(0, 1);
    await failed;
    await expect(link.lost).resolves.toContain('closed the connection');
    await expect(link.read('holding', 0, 1)).rejects.toThrow('closed the connection');
  });
});

test('a late answer to an old request is no answer to the next one', async () => {
  let late: Buffer | undefined;
  const device = await raw((request, n) => {
    if (n > 1) return Buffer.concat([late!, RawDevice.registers(request, 2)]);
    late = RawDevice.registers(request, 1);
    return undefined;
  });
  const link = await open(device.port, '1 s');
  await expect(link.read('holding', 0, 1)).rejects.toThrow('no answer');
  expect((await link.read('holding', 0, 1)).readUInt16BE()).toBe(2);
});

test('a device that accepts and never answers is found out, and tried again', async () => {
  const device = await raw(() => undefined);
  const sink = new RecordingSink();
  const connector = new ModbusConnector({
    name: 'plant/silent',
    connection: modbusConnection.parse({ host: '127.0.0.1', port: device.port, timeout: '20 ms' }),
    points: [
      {
        signal: 'a:x',
        address: modbusAddress.parse({ table: 'holding', register: 0, type: 'uint16' }),
        intervalMs: 10,
      },
    ],
    now: Date.now,
    backoff: { minMs: 1, maxMs: 2 },
  });
  const abort = new AbortController();
  const run = connector.run(sink, abort.signal);
  await sink.until('twice down', () => sink.links.filter((l) => l.state === 'down').length >= 2);
  expect(sink.links.find((l) => l.state === 'down')!.reason).toContain('left 3 requests in a row unanswered');
  expect(
    sink.links.filter((l) => l.state === 'up'),
    'never up without an answer',
  ).toEqual([]);
  abort.abort();
  await run;
});
