import { connectorContract } from '@millwright/edge/testing';
import { ModbusDevice, freePort } from './device.fixture.js';
import { modbusProtocol } from './modbus.protocol.js';

connectorContract('modbus', async () => {
  const device = await ModbusDevice.started();
  const registerOf = { first: 0, second: 2 } as const;
  const uint32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const float32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatBE(value);
    return bytes;
  };
  device.setBytes('input', registerOf.first, float32(0));
  device.setBytes('holding', registerOf.second, uint32(0));
  const connection = { host: '127.0.0.1', port: device.port, timeout: '500 ms' };
  return {
    protocol: modbusProtocol,
    connection,
    absentConnection: { ...connection, port: await freePort() },
    addresses: {
      first: { table: 'input', register: registerOf.first, type: 'float32' },
      second: { table: 'holding', register: registerOf.second, type: 'uint32' },
      wrong: { table: 'holding', register: 9_000, type: 'uint16' },
    },
    hasSourceTime: true,
    maxOutstanding: 1,
    write: (point, value) => {
      if (point === 'first') device.setBytes('input', registerOf.first, float32(value));
      else device.setBytes('holding', registerOf.second, uint32(value));
      return Promise.resolve();
    },
    lie: () => {
      device.setBytes('input', registerOf.first, float32(Number.NaN));
      return Promise.resolve(Number.NaN);
    },
    stop: () => device.stop(),
    start: () => device.start(),
    close: () => device.stop(),
  };
});
