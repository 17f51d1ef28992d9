import { parse, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, fault } from '../testing/ask.fixture.js';
import { RawClient } from '../testing/raw-client.fixture.js';
import { LINE, TestPlant } from '../testing/test-plant.fixture.js';
import { operationCost } from './cost.js';

let plant: TestPlant;
let schema: GraphQLSchema;
beforeAll(async () => {
  plant = await TestPlant.start();
  schema = plant.app.get(GraphQLSchemaHost).schema;
});
afterAll(() => plant.stop());

const cost = (query: string, variables: Record<string, unknown> = {}): number => {
  const document = parse(query);
  const operation = document.definitions.find((d): d is OperationDefinitionNode => d.kind === 'OperationDefinition')!;
  return operationCost(schema, document, operation, variables);
};

describe('the cost of an operation', () => {
  it.each<[string, number]>([
    ['{ moment { position time } }', 3],
    ['{ assets { id } }', 1 + 100],
    ['{ assets(first: 5) { id name } }', 1 + 5 * 2],
    ['{ assets(first: 5) { children { id } } }', 1 + 5 * (1 + 10 * 1)],
    ['{ signals(ids: ["a", "b", "c"]) { id } }', 1 + 3],
    // A page: `first` bounds the list in it.
    ['{ events(first: 7) { hasMore events { id } } }', 1 + 1 + (1 + 7 * 1)],
    // Columns: a number is cheap.
    ['{ signal(id: "a") { history(range: { from: "a", to: "b" }, first: 2000) { time avg } } }', 1 + 1 + 2 * (1 + 100)],
    ['{ signal(id: "a") { latest { value } } }', 3],
    ['{ a: moment { time } b: moment { time } }', 4],
    ['query { ...F } fragment F on Query { assets(first: 2) { ...A } } fragment A on Asset { id name }', 1 + 2 * 2],
    ['{ fork(id: "1") { ... on PlantView { assets(first: 3) { id } } } }', 1 + 1 + 3],
    ['subscription { samples { ... on SampleBatch { values } ... on CaughtUp { position } } }', 1 + 2 + 1],
    ['{ __schema { types { name } } }', 1],
    ['{ actors { asset } }', 1 + 1_000 + 10],
  ])('%s is %d', (query, expected) => expect(cost(query)).toBe(expected));

  it('takes `first` and ids from variables, and from their defaults', () => {
    const query = 'query ($n: Int! = 4, $ids: [ID!]!) { assets(first: $n) { id } signals(ids: $ids) { id } }';
    expect(cost(query, { ids: ['a', 'b'] })).toBe(1 + 4 + 1 + 2);
    expect(cost(query, { n: 9, ids: ['a'] })).toBe(1 + 9 + 1 + 1);
  });

  it('of fragments that spread each other many times is counted without spreading them', () => {
    const fragments = Array.from(
      { length: 40 },
      (_, i) => `fragment F${i} on Asset { a: parent { ...F${i + 1} } b: parent { ...F${i + 1} } }`,
    );
    const query = `{ assets(first: 1) { ...F0 } } ${fragments.join(' ')} fragment F40 on Asset { id }`;
    expect(cost(query)).toBeGreaterThan(2 ** 40);
  });
});

/** Each way to ask for too much, and what the answer says. */
const TOO_MUCH: [string, string, string][] = [
  [
    'depth',
    `{ assets { ${'parent { '.repeat(12)} id ${'}'.repeat(12)} } }`,
    'nests 14 fields deep, the deepest allowed is 12',
  ],
  [
    'depth through fragments',
    `{ assets { ...A } } fragment A on Asset { ${'parent { '.repeat(12)} id ${'}'.repeat(12)} }`,
    'nests 14 fields deep',
  ],
  [
    'aliases',
    `{ ${Array.from({ length: 31 }, (_, i) => `a${i}: moment { time }`).join(' ')} }`,
    '31 aliases, the most allowed are 30',
  ],
  [
    'cost',
    '{ assets(first: 1000) { children { signals { latest { value } } } } }',
    'the most allowed is 100000; ask for less with `first`',
  ],
  ['document size', `{ moment { time } } # ${'x'.repeat(33_000)}`, 'bytes, the most allowed are 32768'],
  ['tokens', `{ ${'time: moment { time } '.repeat(900)} }`, 'tokens'],
  [
    'introspection depth',
    `{ __schema { types { fields { type { ${'ofType { '.repeat(20)} name ${'}'.repeat(20)} } } } } }`,
    'deep in the schema',
  ],
];

describe('the limits', () => {
  it.each(TOO_MUCH)('refuse too much %s', async (_, query, message) => {
    const found = await fault(plant, query);
    expect(found.code).toBe('TOO_COMPLEX');
    expect(found.message).toContain(message);
  });

  it.each(TOO_MUCH)('are the same on a socket for %s', async (_, query, message) => {
    const client = await RawClient.connect(plant);
    client.subscribe('1', query);
    await client.until(() => client.of('1', 'error').length === 1);
    expect(client.of('1', 'error')[0]!.payload[0]).toMatchObject({
      message: expect.stringContaining(message),
      extensions: { code: 'TOO_COMPLEX' },
    });
    client.cut();
  });

  it('on a subscription, too', async () => {
    const client = await RawClient.connect(plant);
    const aliases = Array.from({ length: 31 }, (_, i) => `a${i}: state`).join(' ');
    client.subscribe('1', `subscription { states { ... on StateChange { ${aliases} } } }`);
    await client.until(() => client.of('1', 'error').length === 1);
    expect(client.of('1', 'error')[0]!.payload[0].extensions.code).toBe('TOO_COMPLEX');
    client.cut();
  });

  it('do not multiply what a variable makes large in secret', async () => {
    const query = 'query ($n: Int!) { assets(first: $n) { children { signals { id } } } }';
    expect((await ask(plant, query, { n: 10 })).errors).toBeUndefined();
    expect((await ask(plant, query, { n: 10_000 })).errors![0]!.extensions).toEqual({ code: 'TOO_COMPLEX' });
  });

  it('let a dashboard of a whole line pass', async () => {
    const query = `{ asset(id: "${LINE}") { name state { value since } children { id name state { value reason since }
      counts { good scrap } alarms(first: 5) { name state priority } signals { name unit normalRange { low high }
      latest { value quality limit sourceTime } } } } }`;
    expect((await ask(plant, query)).errors).toBeUndefined();
  });
});
