import { connectorContract } from '@millwright/edge/testing';
import getPort from 'get-port';
import { afterAll, vi } from 'vitest';
import { ModbusDevice } from './device.fixture.js';
import { modbusProtocol } from './modbus.protocol.js';
import { PymodbusDevice } from './pymodbus.fixture.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // Python takes its time to start on a busy machine

const ADDRESSES = {
  first: { table: 'input', register: 0, type: 'float32' },
  second: { table: 'holding', register: 2, type: 'uint32' },
  wrong: { table: 'holding', register: 9_000, type: 'uint16' },
} as const;

connectorContract('modbus', async () => {
  const device = await ModbusDevice.started();
  const setFirst = (value: number): void => {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatBE(value);
    device.setBytes('input', 0, bytes);
  };
  const setSecond = (value: number): void => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    device.setBytes('holding', 2, bytes);
  };
  setFirst(0);
  setSecond(0);
  const connection = { host: '127.0.0.1', port: device.port, timeout: '10 s' };
  return {
    protocol: modbusProtocol,
    connection,
    absentConnection: { ...connection, port: await getPort() },
    addresses: ADDRESSES,
    hasSourceTime: true,
    maxOutstanding: 1,
    write: (point, value) => {
      if (point === 'first') setFirst(value);
      else setSecond(value);
      return Promise.resolve();
    },
    lie: () => {
      setFirst(Number.NaN);
      return Promise.resolve(Number.NaN);
    },
    stop: () => device.stop(),
    start: () => device.start(),
    close: () => device.stop(),
  };
});

let foreign: PymodbusDevice | undefined;
afterAll(() => foreign?.kill());

connectorContract('modbus with a device of pymodbus', async () => {
  const device = (foreign ??= new PymodbusDevice()); // one for all cases; a case that failed may have left it dead
  await device.start();
  const write = (point: 'first' | 'second', value: number): Promise<void> => {
    const { table, register } = ADDRESSES[point];
    return device.set({ table, register, encode: [[point === 'first' ? '32bit_float' : '32bit_uint', value]] });
  };
  await write('first', 0);
  await write('second', 0);
  const connection = { host: '127.0.0.1', port: device.port, unit: 9, timeout: '10 s' };
  return {
    protocol: modbusProtocol,
    connection,
    absentConnection: { ...connection, port: await getPort() },
    addresses: ADDRESSES,
    hasSourceTime: true,
    maxOutstanding: 1,
    write,
    lie: async () => {
      // The bits of a quiet NaN; JSON has none.
      await device.set({ table: 'input', register: 0, encode: [['32bit_uint', 0x7fc0_0000]] });
      return Number.NaN;
    },
    stop: () => device.kill(),
    start: () => device.start(),
    close: () => Promise.resolve(),
  };
});
