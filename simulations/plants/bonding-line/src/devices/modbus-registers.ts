import type { ModbusAddress } from '@millwright/connector-modbus';
import type { SampleValue } from '@millwright/events';

type Table = ModbusAddress['table'];

/** The four tables of one unit. Places up to the highest that was defined exist, those between hold 0. */
export class ModbusRegisters {
  private readonly tables: Readonly<Record<Table, number[]>> = { coil: [], discrete: [], holding: [], input: [] };

  /** The content of a place; undefined when there is none. */
  read(table: Table, place: number): number | undefined {
    const places = this.tables[table];
    return place < places.length ? (places[place] ?? 0) : undefined;
  }

  write(address: ModbusAddress, value: SampleValue): void {
    const places = this.tables[address.table];
    if (address.table === 'coil' || address.table === 'discrete') {
      places[address.register] = value ? 1 : 0;
    } else if (address.bit !== undefined) {
      const mask = 1 << address.bit;
      const before = places[address.register] ?? 0;
      places[address.register] = value ? before | mask : before & ~mask;
    } else {
      const bytes = encode(address, value);
      for (let i = 0; i < bytes.length; i += 2) places[address.register + i / 2] = bytes.readUInt16BE(i);
    }
  }
}

/** The value's bytes as they stand in the registers, high byte first. Numbers are cut to what the type can hold. */
const encode = (address: ModbusAddress, value: SampleValue): Buffer => {
  const bytes = encodeBig(address, value);
  switch (address.order) {
    case 'big':
      return bytes;
    case 'little':
      return bytes.reverse();
    case 'byte-swapped':
      return bytes.swap16();
    case 'word-swapped':
      return bytes.reverse().swap16();
  }
};

const encodeBig = ({ type, registers }: ModbusAddress, value: SampleValue): Buffer => {
  const number = Number(value);
  const whole = (min: number, max: number): number => Math.min(max, Math.max(min, Math.round(number)));
  const wide = (min: number): bigint => BigInt(whole(min, Number.MAX_SAFE_INTEGER));
  const bytes = Buffer.alloc(8);
  switch (type) {
    case 'bool':
      bytes.writeUInt16BE(value ? 1 : 0);
      return bytes.subarray(0, 2);
    case 'int16':
      bytes.writeInt16BE(whole(-0x8000, 0x7fff));
      return bytes.subarray(0, 2);
    case 'uint16':
      bytes.writeUInt16BE(whole(0, 0xffff));
      return bytes.subarray(0, 2);
    case 'int32':
      bytes.writeInt32BE(whole(-0x8000_0000, 0x7fff_ffff));
      return bytes.subarray(0, 4);
    case 'uint32':
      bytes.writeUInt32BE(whole(0, 0xffff_ffff));
      return bytes.subarray(0, 4);
    case 'float32':
      bytes.writeFloatBE(number);
      return bytes.subarray(0, 4);
    case 'float64':
      bytes.writeDoubleBE(number);
      return bytes;
    case 'int64':
      bytes.writeBigInt64BE(wide(Number.MIN_SAFE_INTEGER));
      return bytes;
    case 'uint64':
      bytes.writeBigUInt64BE(wide(0));
      return bytes;
    case 'text':
    case undefined: {
      const text = Buffer.alloc(2 * (registers ?? 1));
      text.write(String(value), 'utf8');
      return text;
    }
  }
};
