import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { describeAddress, nodeIdOf, opcuaAddress, opcuaConnection } from './address.js';

const problems = (schema: typeof opcuaAddress | typeof opcuaConnection, input: unknown): string[] =>
  schema.safeParse(input).error?.issues.map((i) => `${i.path.join('.')}: ${i.message}`) ?? [];

describe('address', () => {
  test.each([
    ['i=2258', undefined, 'i=2258'],
    ['ns=2;s=S3.State', undefined, 'ns=2;s=S3.State'],
    ['ns=2;s=with ; and = and "quotes"', undefined, 'ns=2;s=with ; and = and "quotes"'],
    ['ns=3;i=5012', 3, 'ns=3;i=5012[3]'],
    ['nsu=http://example.org/cell;s=a', undefined, 'nsu=http://example.org/cell;s=a'],
    ['ns=3;g=09087e75-8e5e-499b-954f-f2a9603db28a', undefined, 'ns=3;g=09087e75-8e5e-499b-954f-f2a9603db28a'],
    ['ns=3;b=AQIDBA==', undefined, 'ns=3;b=AQIDBA=='],
  ])('%s [%s]', (node, index, text) => {
    const address = opcuaAddress.parse({ node, ...(index !== undefined && { index }) });
    expect(describeAddress(address)).toBe(text);
  });

  test.each(['', 'S3.State', 'ns=2', 'ns=x;s=a', 'ns=2;s=', 'ns=2;i=abc', 'ns=2;g=12', 'ns=2;b=%%'])(
    '"%s" is no node id',
    (node) => {
      expect(problems(opcuaAddress, { node })).toEqual([expect.stringContaining('node: expected a node id such as')]);
    },
  );

  test('a namespace by URI is looked up in the table of the server', () => {
    const address = opcuaAddress.parse({ node: 'nsu=http://example.org/cell;s=a;b' });
    expect(nodeIdOf(address, ['http://opcfoundation.org/UA/', 'urn:x', 'http://example.org/cell'])).toBe('ns=2;s=a;b');
    expect(nodeIdOf(address, ['http://opcfoundation.org/UA/'])).toBeUndefined();
    expect(nodeIdOf(opcuaAddress.parse({ node: 'ns=7;s=a' }), [])).toBe('ns=7;s=a');
  });
});

describe('connection', () => {
  test('an endpoint is enough', () => {
    expect(opcuaConnection.parse({ endpoint: 'opc.tcp://plc:4840' })).toEqual({
      endpoint: 'opc.tcp://plc:4840',
      security: 'none',
      timeout: 5_000,
    });
  });

  test.each([
    [{}, 'endpoint: '],
    [{ endpoint: 'http://plc' }, 'endpoint: expected an endpoint such as'],
    [{ endpoint: 'opc.tcp://plc', username: 'a' }, 'password: needed, since there is a username'],
    [{ endpoint: 'opc.tcp://plc', password: 'a' }, 'username: needed, since there is a password'],
    [{ endpoint: 'opc.tcp://plc', security: 'sign' }, 'security: expected "none": signed and encrypted'],
    [{ endpoint: 'opc.tcp://plc', timeout: 5 }, 'timeout: '],
    [{ endpoint: 'opc.tcp://plc', host: 'a' }, ': Unrecognized key: "host"'],
  ])('%j is refused', (input, message) => {
    expect(problems(opcuaConnection, input)).toEqual([expect.stringContaining(message)]);
  });
});

test('the sample file is right', () => {
  const sample = parse(readFileSync(new URL('../sample.yaml', import.meta.url), 'utf8')) as {
    connections: Record<string, { protocol: string }>;
    signals: Record<string, { address: unknown }>;
  };
  for (const { protocol, ...settings } of Object.values(sample.connections)) {
    expect(protocol).toBe('opcua');
    opcuaConnection.parse(settings);
  }
  expect(Object.values(sample.signals).map((s) => describeAddress(opcuaAddress.parse(s.address)))).toEqual([
    'ns=2;s=S3.State',
    'nsu=http://example.org/cell;s=S3.GoodCount',
    'ns=3;i=5012[3]',
    'ns=3;g=09087e75-8e5e-499b-954f-f2a9603db28a',
  ]);
});
