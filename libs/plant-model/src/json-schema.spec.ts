import { Ajv } from 'ajv';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { plantJsonSchema, type JsonSchema } from './json-schema.js';
import { PLANT_TEXT } from './plant-text.fixture.js';
import { vocabulary } from './protocols.fixture.js';

const schema = plantJsonSchema(vocabulary);
const validate = new Ajv({ allErrors: true, strictTypes: false }).compile(schema);
const accepts = (text: string): boolean => validate(parse(text));

describe('the JSON Schema for editors', () => {
  test('accepts the sample plant, with its ${…} in place of numbers', () => {
    accepts(PLANT_TEXT);
    expect(validate.errors).toBeNull();
  });

  test.each([
    ['dataType: number', 'datatype: number'],
    ['dataType: number', 'dataType: float'],
    ['type: oven', 'type: owen'],
    ['{ 0: idle', '{ 0: idel'],
    ['idealCycleTime: 8 s', 'idealCycleTime: 8'],
    ['protocol: modbus', 'protocol: modbuz'],
    ['host: 127.0.0.1', 'hots: 127.0.0.1'],
    ["'${PLC_PORT:-1502}'", '70000'],
    ["'${PLC_PORT:-1502}'", "'fifteen'"],
    ['protocol: mqtt, ', ''],
    ['node: ns', 'nod: ns'],
    ['table: input', 'table: inputs'],
    ['        address: { table: input, register: 0, type: float32 }\n', ''],
    ['pressure:', 'Pressure_1:'],
    ['millwright: 1', 'millwright: 2'],
  ])('refuses %s written as %s', (right, wrong) => {
    expect(PLANT_TEXT).toContain(right);
    expect(accepts(PLANT_TEXT.replace(right, () => wrong))).toBe(false);
  });

  test.each([
    'bad-addresses',
    'bad-connections',
    'bad-names',
    'missing-fields',
    'no-stations',
    'unknown-fields',
    'unknown-names',
    'wrong-types',
    'wrong-values',
  ])('refuses the case %s', (name) => {
    const folder = join(import.meta.dirname, '../testcases');
    expect(readdirSync(folder)).toContain(name);
    expect(accepts(readFileSync(join(folder, name, 'plant.yaml'), 'utf8'))).toBe(false);
  });

  test('tells what every field means', () => {
    expect(fieldsWithoutMeaning(schema.properties!['stations']!, 'stations')).toEqual([]);
  });

  test('completes each protocol by its name', () => {
    const connection = schema.properties!['connections']!.additionalProperties as JsonSchema;
    const forms = connection.anyOf!.map(({ title, properties, required }) => [
      title,
      properties!['protocol'],
      required![0],
    ]);
    expect(forms).toMatchObject(['modbus', 'mqtt', 'opcua'].map((name) => [name, { const: name }, 'protocol']));
  });
});

/** Fields of our own format; addresses and simulations belong to others. */
const fieldsWithoutMeaning = (node: JsonSchema, path: string): string[] => {
  const fields = Object.entries(node.properties ?? {}).filter(([name]) => name !== 'address' && name !== 'simulation');
  const inner = [node.items, typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined];
  return [
    ...fields.filter(([, field]) => field.description === undefined).map(([name]) => `${path}.${name}`),
    ...fields.flatMap(([name, field]) => fieldsWithoutMeaning(field, `${path}.${name}`)),
    ...inner.flatMap((part) => (part === undefined ? [] : fieldsWithoutMeaning(part, `${path}.*`))),
  ];
};
