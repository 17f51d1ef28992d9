import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROTOCOLS, VOCABULARY as vocabulary } from '@millwright/connections';
import { loadPlant, plantFileGuide, plantJsonSchema } from '@millwright/plant-model';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const schema = plantJsonSchema(vocabulary);

describe('the published schema of plant files', () => {
  test('is what the server checks with: after a change, run "npm run schema"', () => {
    expect(read('docs/plant.schema.json')).toBe(`${JSON.stringify(schema, undefined, 2)}\n`);
    expect(read('docs/plant-file.md')).toBe(plantFileGuide(schema));
  });

  const published = new Ajv({ allErrors: true, strictTypes: false }).compile(
    JSON.parse(read('docs/plant.schema.json')),
  );
  const demo = read('simulations/plants/bonding-line/plant.yaml');

  test('accepts the demo plant', () => {
    published(parse(demo));
    expect(published.errors).toBeNull();
  });

  test.each([
    ['dataType: integer', 'datatype: integer'],
    ['table: holding', 'table: holdings'],
    ['topic: bonding-line', 'topics: bonding-line'],
    ['node: ns=2', 'nodes: ns=2'],
    ['protocol: opcua', 'protocol: opc-ua'],
    ['endpoint:', 'endpont:'],
    ['type: oven', 'type: owen'],
  ])('refuses the demo plant with %s written as %s', (right, wrong) => {
    expect(demo).toContain(right);
    expect(published(parse(demo.replace(right, wrong)))).toBe(false);
  });
});

describe('the guide', () => {
  test('shows a plant file that loads', () => {
    const [, text] = /```yaml\n([\s\S]*?)```/.exec(read('docs/plant-file.md'))!;
    expect(loadPlant([{ file: 'guide.yaml', text: text! }], { ...vocabulary, env: {} })).toMatchObject({
      ok: true,
      plant: { connections: [{ protocol: 'opcua' }] },
    });
  });

  test('explains every protocol', () => {
    for (const { name } of PROTOCOLS) expect(read('docs/plant-file.md')).toContain(`: ${name}\n`);
  });
});
