import { z } from 'zod';
import { duration } from './duration.js';
import type { ProtocolSchema } from './protocol-schema.js';

/** Protocols in the three shapes that a connector may give its schemas. */

const modbus: ProtocolSchema = {
  name: 'modbus',
  connection: z.strictObject({
    host: z.string().min(1).describe('Name or IP address of the device'),
    port: z.int().min(1).max(65_535).default(502).describe('TCP port'),
    unit: z.int().min(0).max(255).default(1),
    timeout: duration.prefault('2 s'),
  }),
  address: z
    .strictObject({
      table: z.enum(['coil', 'discrete', 'holding', 'input']),
      register: z.int().min(0).max(65_535),
      type: z.enum(['bool', 'int16', 'uint16', 'uint32', 'float32']).optional(),
    })
    .check(({ value, issues }) => {
      if (value.table !== 'coil' && value.table !== 'discrete' && value.type === undefined)
        issues.push({
          code: 'custom',
          input: value,
          path: ['type'],
          message: `a register of table ${value.table} needs a type`,
        });
    }),
  describe: (address) => {
    const { table, register } = address as { table: string; register: number };
    return `${table} ${register}`;
  },
};

const mqtt: ProtocolSchema = {
  name: 'mqtt',
  connection: z.strictObject({
    protocol: z.literal('mqtt'),
    url: z.string().regex(/^mqtts?:\/\//, 'expected a URL such as mqtt://broker:1883'),
    username: z.string().optional(),
    password: z.string().optional(),
    clientId: z.string().optional(),
    version: z.enum(['3.1.1', '5']).optional(),
  }),
  address: z.strictObject({
    topic: z.string().min(1),
    path: z.string().optional(),
    qos: z.union([z.literal(0), z.literal(1)]).default(1),
  }),
  describe: (address) => (address as { topic: string }).topic,
};

const opcua: ProtocolSchema = {
  name: 'opcua',
  connection: z.strictObject({
    endpoint: z.string(),
    login: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('anonymous') }),
        z.strictObject({ kind: z.literal('user'), username: z.string(), password: z.string() }),
      ])
      .optional(),
  }),
  address: z.union([z.strictObject({ node: z.string() }), z.strictObject({ browse: z.array(z.string()).min(1) })]),
  describe: (address) => (address as { node?: string }).node ?? 'browse path',
};

export const vocabulary = { protocols: [modbus, mqtt, opcua], stationTypes: ['station', 'oven'] } as const;
