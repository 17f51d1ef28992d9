import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { modbusAddress } from './address.js';
import { decodeBit, decodeRegisters } from './decode.js';

const decode = (hex: string, type: string, more: object = {}): unknown =>
  decodeRegisters(
    modbusAddress.parse({ table: 'holding', register: 0, type, ...more }),
    Buffer.from(hex.replaceAll(' ', ''), 'hex'),
  );

describe('one register', () => {
  test.each([
    ['0001', 'uint16', {}, 1],
    ['ffff', 'uint16', {}, 65_535],
    ['ffff', 'int16', {}, -1],
    ['8000', 'int16', {}, -32_768],
    ['0100', 'uint16', { order: 'byte-swapped' }, 1],
    ['0100', 'uint16', { order: 'little' }, 1],
    ['0001', 'uint16', { order: 'word-swapped' }, 1],
    ['0000', 'bool', {}, false],
    ['0002', 'bool', {}, true],
    ['0008', 'bool', { bit: 3 }, true],
    ['fff7', 'bool', { bit: 3 }, false],
    ['8000', 'bool', { bit: 15 }, true],
    ['0800', 'bool', { bit: 3, order: 'byte-swapped' }, true],
  ])('%s as %s %j is %s', (hex, type, more, value) => expect(decode(hex, type, more)).toBe(value));
});

// 0x11223344 = 287454020 and pi as a 32-bit float (0x40490fdb), in the four orders that devices use
describe('two registers', () => {
  test.each([
    ['big', '1122 3344', '4049 0fdb'],
    ['little', '4433 2211', 'db0f 4940'],
    ['word-swapped', '3344 1122', '0fdb 4049'],
    ['byte-swapped', '2211 4433', '4940 db0f'],
  ])('%s', (order, integer, pi) => {
    expect(decode(integer, 'uint32', { order })).toBe(287_454_020);
    expect(decode(pi, 'float32', { order })).toBe(Math.fround(Math.PI));
  });

  test('signs and numbers that are none', () => {
    expect(decode('ffff fffe', 'int32')).toBe(-2);
    expect(decode('ffff fffe', 'uint32')).toBe(4_294_967_294);
    expect(decode('7fc0 0000', 'float32')).toBeNaN();
    expect(decode('ff80 0000', 'float32')).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe('four registers', () => {
  test.each([
    ['big', '1122 3344 5566 7788'],
    ['little', '8877 6655 4433 2211'],
    ['word-swapped', '7788 5566 3344 1122'],
    ['byte-swapped', '2211 4433 6655 8877'],
  ])('%s', (order, hex) => {
    expect(decode(hex, 'uint64', { order })).toBe('1234605616436508552');
  });

  test('a 64-bit integer is a number where that is exact, else its digits', () => {
    expect(decode('001f ffff ffff ffff', 'uint64')).toBe(Number.MAX_SAFE_INTEGER);
    expect(decode('0020 0000 0000 0000', 'uint64')).toBe('9007199254740992');
    expect(decode('ffff ffff ffff ffff', 'int64')).toBe(-1);
    expect(decode('ffff ffff ffff ffff', 'uint64')).toBe('18446744073709551615');
    expect(decode('8000 0000 0000 0000', 'int64')).toBe('-9223372036854775808');
  });

  test('float64', () => {
    expect(decode('4009 21fb 5444 2d18', 'float64')).toBe(Math.PI);
    expect(decode('2d18 5444 21fb 4009', 'float64', { order: 'word-swapped' })).toBe(Math.PI);
  });
});

test('every double comes through every order', () => {
  const orders = {
    big: (b: Buffer) => b,
    little: (b: Buffer) => b.reverse(),
    'byte-swapped': (b: Buffer) => b.swap16(),
    'word-swapped': (b: Buffer) => b.reverse().swap16(),
  };
  fc.assert(
    fc.property(fc.double(), fc.constantFrom(...(Object.keys(orders) as (keyof typeof orders)[])), (value, order) => {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleBE(value);
      expect(decode(orders[order](bytes).toString('hex'), 'float64', { order })).toBe(value);
    }),
  );
});

describe('text', () => {
  test.each([
    ['5433 0000', {}, 'T3'],
    ['4142 4320', {}, 'ABC'],
    ['4241 2043', { order: 'byte-swapped' }, 'ABC'],
    ['0000 4142', {}, ''],
    ['c3bc 6d21', {}, 'üm!'],
  ])('%s %j is "%s"', (hex, more, text) => expect(decode(hex, 'text', { registers: 2, ...more })).toBe(text));
});

test('coils come eight to a byte, the first one lowest', () => {
  const bytes = Buffer.from([0b0000_0101, 0b0000_0010]);
  expect(Array.from({ length: 10 }, (_, n) => decodeBit(bytes, n))).toEqual(
    [1, 0, 1, 0, 0, 0, 0, 0, 0, 1].map((bit) => bit === 1),
  );
});
