import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { describeAddress, modbusAddress, modbusConnection, width } from './address.js';

const problems = (input: unknown): string[] =>
  modbusAddress.safeParse(input).error?.issues.map((i) => `${i.path.join('.')}: ${i.message}`) ?? [];

describe('address', () => {
  test.each([
    [{ table: 'holding', register: 0, type: 'uint16' }, 'holding 0 uint16', 1],
    [{ table: 'input', register: 4, type: 'float32', order: 'word-swapped' }, 'input 4 float32 word-swapped', 2],
    [{ table: 'holding', register: 12, type: 'bool', bit: 3 }, 'holding 12.3 bool', 1],
    [{ table: 'holding', register: 40, type: 'text', registers: 8 }, 'holding 40 text[8]', 8],
    [{ table: 'input', register: 65_532, type: 'int64' }, 'input 65532 int64', 4],
    [{ table: 'coil', register: 65_535 }, 'coil 65535', 1],
    [{ table: 'discrete', register: 7, type: 'bool' }, 'discrete 7', 1],
  ])('%j is %s, %d wide', (input, text, places) => {
    const address = modbusAddress.parse(input);
    expect(describeAddress(address)).toBe(text);
    expect(width(address)).toBe(places);
  });

  test.each([
    [{ table: 'holding', register: 0 }, 'type: a register of table holding needs a type'],
    [{ table: 'coil', register: 0, type: 'int16' }, 'type: a coil is always a bool'],
    [{ table: 'coil', register: 0, bit: 1 }, 'bit: only a register'],
    [{ table: 'holding', register: 0, type: 'uint16', bit: 1 }, 'bit: only a register'],
    [{ table: 'holding', register: 0, type: 'bool', bit: 16 }, 'bit: expected a bit, a whole number from 0 to 15'],
    [{ table: 'holding', register: 0, type: 'text' }, 'registers: a text needs its length'],
    [{ table: 'holding', register: 0, type: 'uint16', registers: 2 }, 'registers: a text needs its length'],
    [{ table: 'holding', register: 0, type: 'text', registers: 2, order: 'little' }, 'order: a text knows'],
    [{ table: 'holding', register: 65_535, type: 'uint32' }, 'register: the value ends beyond address 65535'],
    [{ table: 'holding', register: 65_536, type: 'uint16' }, 'register: expected an address'],
    [{ table: 'holding', register: '40001', type: 'uint16' }, 'register: expected an address'],
    [{ table: 'holding', register: 0, type: 'word' }, 'type: '],
    [{ table: 'holding', register: 0, type: 'uint16', unit: 'Cel' }, ': Unrecognized key: "unit"'],
  ])('%j is refused: %s', (input, message) => {
    expect(problems(input)).toEqual([expect.stringContaining(message)]);
  });
});

describe('connection', () => {
  test('a host is enough', () => {
    expect(modbusConnection.parse({ host: 'plc' })).toEqual({
      host: 'plc',
      port: 502,
      unit: 1,
      timeout: 2_000,
      maxRegisters: 125,
      maxGap: 10,
    });
  });

  test('a port may come from the environment, as text', () => {
    expect(modbusConnection.parse({ host: 'plc', port: '15020' }).port).toBe(15_020);
  });

  test.each([
    [{ port: 502 }, 'host'],
    [{ host: 'plc', port: 0 }, 'port'],
    [{ host: 'plc', port: 'http' }, 'port'],
    [{ host: 'plc', unit: 256 }, 'unit'],
    [{ host: 'plc', timeout: 2_000 }, 'timeout'],
    [{ host: 'plc', maxRegisters: 126 }, 'maxRegisters'],
  ])('%j is refused for its %s', (input, field) => {
    expect(modbusConnection.safeParse(input).error?.issues.map((i) => i.path.join('.'))).toEqual([field]);
  });
});

test('the sample file is right', () => {
  const sample = parse(readFileSync(new URL('../sample.yaml', import.meta.url), 'utf8')) as {
    connections: Record<string, { protocol: string }>;
    signals: Record<string, { address: unknown }>;
  };
  for (const { protocol, ...settings } of Object.values(sample.connections)) {
    expect(protocol).toBe('modbus');
    modbusConnection.parse(settings);
  }
  const addresses = Object.values(sample.signals).map((s) => describeAddress(modbusAddress.parse(s.address)));
  expect(addresses).toContain('input 0 float32 word-swapped');
  expect(addresses).toHaveLength(7);
});
