import type { ModbusAddress } from './address.js';

/** What a place of a table holds: a number, a truth value or a text. */
export type ModbusValue = number | boolean | string;

/** The bytes as they would stand in order `big`. Registers arrive high byte first. */
const inBigOrder = (bytes: Buffer, order: ModbusAddress['order']): Buffer => {
  if (order === 'big') return bytes;
  const copy = Buffer.from(bytes);
  if (order === 'little') return copy.reverse();
  if (order === 'byte-swapped') return copy.swap16();
  // word-swapped: all bytes backwards, then the two of each register forwards again
  return copy.reverse().swap16();
};

/** A number where it is exact; else its digits, which a text signal keeps and the pipeline refuses for a number with the value shown. */
const exact = (value: bigint): number | string => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
};

/** Device texts are padded with NUL or blanks. */
const decodeText = (bytes: Buffer): string => {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end).trimEnd();
};

/** The value in its own registers, high byte of the first register first; `bytes` has as many as the address is wide. */
export const decodeRegisters = (address: ModbusAddress, bytes: Buffer): ModbusValue => {
  const big = inBigOrder(bytes, address.order);
  switch (address.type) {
    case 'bool':
      return address.bit === undefined ? big.readUInt16BE() !== 0 : ((big.readUInt16BE() >> address.bit) & 1) === 1;
    case 'int16':
      return big.readInt16BE();
    case 'uint16':
      return big.readUInt16BE();
    case 'int32':
      return big.readInt32BE();
    case 'uint32':
      return big.readUInt32BE();
    case 'int64':
      return exact(big.readBigInt64BE());
    case 'uint64':
      return exact(big.readBigUInt64BE());
    case 'float32':
      return big.readFloatBE();
    case 'float64':
      return big.readDoubleBE();
    case 'text':
      return decodeText(big);
    case undefined:
      throw new Error(`a register of table ${address.table} has no type`); // the schema asks for one
  }
};

/** The n-th truth value of an answer on coils or discrete inputs: the least significant bit of the first byte is the first. */
export const decodeBit = (bytes: Buffer, n: number): boolean => ((bytes[n >> 3]! >> (n & 7)) & 1) === 1;
