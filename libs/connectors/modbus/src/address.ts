import { duration } from '@millwright/plant-model';
import { z } from 'zod';

export const TABLES = ['coil', 'discrete', 'holding', 'input'] as const;
export type Table = (typeof TABLES)[number];

const TYPES = ['bool', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'float32', 'float64', 'text'] as const;

/** Registers of 16 bits that a value takes; a text says it itself. */
const REGISTERS_BY_TYPE = {
  bool: 1,
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  int64: 4,
  uint64: 4,
  float32: 2,
  float64: 4,
} as const;

/** Places of a table: addresses 0 to 65535. */
const TABLE_SIZE = 65_536;
/** Most registers that one request may ask for (Modbus application protocol 1.1b3, 6.3). */
export const REGISTERS_PER_REQUEST_MAX = 125;
/** Most coils or discrete inputs that one request may ask for (the same, 6.1). */
export const BITS_PER_REQUEST_MAX = 2_000;

const whole = (min: number, max: number, what: string) => {
  const error = `expected ${what}, a whole number from ${min} to ${max}`;
  return z.int(error).min(min, { error, abort: true }).max(max, { error, abort: true });
};

export const modbusConnection = z.strictObject({
  host: z.string().min(1).describe('Name or IP address of the device or gateway'),
  port: z
    .union(
      [z.int(), z.string().regex(/^\d+$/).transform(Number)],
      'expected a TCP port, a whole number from 1 to 65535',
    )
    .pipe(whole(1, 65_535, 'a TCP port'))
    .default(502)
    .describe('TCP port'),
  unit: whole(0, 255, 'a unit identifier')
    .default(1)
    .describe('Unit identifier; behind a gateway the number of the device'),
  timeout: duration.prefault('2 s').describe('Longest wait for the connection and for each answer'),
  maxRegisters: whole(1, REGISTERS_PER_REQUEST_MAX, 'registers per request')
    .default(REGISTERS_PER_REQUEST_MAX)
    .describe('Most registers in one request; lower it for a device that refuses long requests'),
  maxGap: whole(0, REGISTERS_PER_REQUEST_MAX, 'unused registers')
    .default(10)
    .describe(
      'Most unused registers that are read along to save a request; 0 for a device that refuses undefined registers',
    ),
});
/** Settings of one connection; `timeout` in milliseconds. */
export type ModbusConnection = z.output<typeof modbusConnection>;

export const modbusAddress = z
  .strictObject({
    table: z.enum(TABLES).describe('coil (0x), discrete (1x), holding (4x) or input (3x)'),
    register: whole(0, TABLE_SIZE - 1, 'an address').describe(
      'Address as sent on the wire, from 0: what some manuals call 40001 is holding register 0',
    ),
    type: z.enum(TYPES).optional().describe('Needed in holding and input; coil and discrete are always bool'),
    order: z
      .enum(['big', 'little', 'word-swapped', 'byte-swapped'])
      .default('big')
      .describe('Order of the bytes 0x11223344 in the registers: 1122 3344 (big), 4433 2211, 3344 1122 or 2211 4433'),
    bit: whole(0, 15, 'a bit').optional().describe('Bit of a register for type bool, 0 is the least significant'),
    registers: whole(1, REGISTERS_PER_REQUEST_MAX, 'registers')
      .optional()
      .describe('Length of a text, two characters in each register'),
  })
  .check(({ value, issues }) => {
    const problem = (field: string, message: string): void => {
      issues.push({ code: 'custom', input: value, path: [field], message });
    };
    const inBits = value.table === 'coil' || value.table === 'discrete';
    if (inBits && value.type !== undefined && value.type !== 'bool') {
      problem(
        'type',
        `a ${value.table} is always a bool: leave type out, or read a register of table holding or input`,
      );
    }
    if (!inBits && value.type === undefined) {
      problem('type', `a register of table ${value.table} needs a type: one of ${TYPES.join(', ')}`);
    }
    if (value.bit !== undefined && (inBits || value.type !== 'bool')) {
      problem('bit', 'only a register (table holding or input) of type bool has bits');
    }
    if ((value.type === 'text') !== (value.registers !== undefined)) {
      problem('registers', 'a text needs its length in registers, and only a text has one');
    }
    if (value.type === 'text' && (value.order === 'little' || value.order === 'word-swapped')) {
      problem('order', 'a text knows the orders big and byte-swapped only');
    }
    if (value.register + width(value) > TABLE_SIZE) {
      problem('register', `the value ends beyond address ${TABLE_SIZE - 1}`);
    }
  });
export type ModbusAddress = z.output<typeof modbusAddress>;

export const isBitTable = (table: Table): boolean => table === 'coil' || table === 'discrete';

/** Places of its table that the address takes: registers, or 1 for a coil or discrete input. */
export const width = ({ table, type, registers }: ModbusAddress): number => {
  if (isBitTable(table) || type === undefined) return 1;
  return type === 'text' ? (registers ?? 1) : REGISTERS_BY_TYPE[type];
};

/** `holding 0 uint16`, `input 12.3 bool`, `holding 40 text[8]`, `coil 7`, with the order when it is not big. */
export const describeAddress = ({ table, register, type, order, bit, registers }: ModbusAddress): string =>
  [
    table,
    bit === undefined ? register : `${register}.${bit}`,
    ...(isBitTable(table) ? [] : [registers === undefined ? type : `${type}[${registers}]`]),
    ...(order === 'big' ? [] : [order]),
  ].join(' ');
