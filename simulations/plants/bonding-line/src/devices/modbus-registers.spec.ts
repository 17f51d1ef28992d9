import { type ModbusAddress, modbusAddress } from '@millwright/connector-modbus';
import { expect, test } from 'vitest';
import { ModbusRegisters } from './modbus-registers.js';

const address = (written: object): ModbusAddress => modbusAddress.parse({ table: 'holding', register: 10, ...written });
const hex = (registers: ModbusRegisters, from: number, count: number): string =>
  Array.from({ length: count }, (_, i) =>
    registers
      .read('holding', from + i)!
      .toString(16)
      .padStart(4, '0'),
  ).join(' ');

test.each([
  [{ type: 'uint32', order: 'big' }, 0x11223344, '1122 3344'],
  [{ type: 'uint32', order: 'little' }, 0x11223344, '4433 2211'],
  [{ type: 'uint32', order: 'word-swapped' }, 0x11223344, '3344 1122'],
  [{ type: 'uint32', order: 'byte-swapped' }, 0x11223344, '2211 4433'],
  [{ type: 'float32' }, 1.5, '3fc0 0000'],
  [{ type: 'float64' }, -2, 'c000 0000 0000 0000'],
  [{ type: 'int16' }, -1, 'ffff'],
  [{ type: 'int32' }, -2, 'ffff fffe'],
  [{ type: 'int64' }, -3, 'ffff ffff ffff fffd'],
  [{ type: 'uint64' }, 65_536, '0000 0000 0001 0000'],
  [{ type: 'bool' }, true, '0001'],
  [{ type: 'text', registers: 3 }, 'ABCD', '4142 4344 0000'],
])('%o holds %s as %s', (written, value, expected) => {
  const registers = new ModbusRegisters();
  registers.write(address(written), value);
  expect(hex(registers, 10, expected.split(' ').length)).toBe(expected);
});

test.each([
  [{ type: 'uint16' }, -5, '0000'],
  [{ type: 'uint16' }, 70_000, 'ffff'],
  [{ type: 'int16' }, 1.6, '0002'],
  [{ type: 'text', registers: 1 }, 'long', '6c6f'],
])('%o cuts %s to what fits', (written, value, expected) => {
  const registers = new ModbusRegisters();
  registers.write(address(written), value);
  expect(hex(registers, 10, 1)).toBe(expected);
});

test('bits of one register do not disturb each other', () => {
  const registers = new ModbusRegisters();
  registers.write(address({ type: 'bool', bit: 0 }), true);
  registers.write(address({ type: 'bool', bit: 3 }), true);
  registers.write(address({ type: 'bool', bit: 0 }), false);
  expect(registers.read('holding', 10)).toBe(0b1000);
});

test('places up to the highest defined one exist, in their own table', () => {
  const registers = new ModbusRegisters();
  registers.write(address({ type: 'uint16' }), 7);
  registers.write(modbusAddress.parse({ table: 'coil', register: 2 }), true);
  expect([registers.read('holding', 0), registers.read('holding', 10), registers.read('holding', 11)]).toEqual([
    0,
    7,
    undefined,
  ]);
  expect([registers.read('coil', 2), registers.read('coil', 3), registers.read('input', 0)]).toEqual([
    1,
    undefined,
    undefined,
  ]);
});
