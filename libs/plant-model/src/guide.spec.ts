import { expect, test } from 'vitest';
import { plantFileGuide } from './guide.js';
import { plantJsonSchema, type JsonSchema } from './json-schema.js';
import { vocabulary } from './protocols.fixture.js';

const schema = plantJsonSchema(vocabulary);
const guide = plantFileGuide(schema);

const fieldNames = (node: JsonSchema): string[] => [
  ...Object.keys(node.properties ?? {}),
  ...Object.values(node.properties ?? {}).flatMap(fieldNames),
  ...[node.items, node.additionalProperties].flatMap((part) => (typeof part === 'object' ? fieldNames(part) : [])),
  ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap(fieldNames),
];

test('has a row for every field of the schema', () => {
  const names = new Set(fieldNames(schema));
  expect(names.size).toBeGreaterThan(50);
  expect([...names].filter((name) => !new RegExp(`^\\| (\\*\\*)?\`${name}\``, 'm').test(guide))).toEqual([]);
});

test.each([
  [
    '| **`dataType`** | `number` `integer` `boolean` `text` |  | Type of the stored values;',
    'a choice that must be made',
  ],
  ['| `interval` | duration | `1 s` | How often', 'a duration with a default'],
  ['| `port` | whole number 1 to 65535 | `502` | TCP port |', 'a number within bounds'],
  ['| `qos` | `0` or `1` | `1` |', 'literals'],
  ['## `enterprise`, `site`, `area`', 'one section for the same form'],
  ['## `stations[].signals.<name>.address`: modbus', 'a section for each protocol'],
])('%s: %s', (text) => expect(guide).toContain(text));

test('says nothing twice', () => {
  const headings = guide.split('\n').filter((line) => line.startsWith('## '));
  expect(headings.length).toBeGreaterThan(10);
  expect(new Set(headings).size).toBe(headings.length);
});
