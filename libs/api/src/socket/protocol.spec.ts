import { get } from 'node:http';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawClient } from '../testing/raw-client.fixture.js';
import { LINE, station, TestPlant } from '../testing/test-plant.fixture.js';
import { closeReason, parseMessage } from './protocol.js';

let plant: TestPlant;
beforeAll(async () => {
  plant = await TestPlant.start({ limits: { connectionInitMs: 150, keepAliveMs: 60_000, operationsPerSocket: 3 } });
});
afterAll(() => plant.stop());

const STATES = 'subscription { states { __typename ... on StateChange { state } } }';

describe('graphql-transport-ws', () => {
  it('acknowledges the connection, and answers pings with their payload', async () => {
    const client = await RawClient.connect(plant);
    client.send({ type: 'ping' });
    client.send({ type: 'ping', payload: { at: 1 } });
    client.send({ type: 'pong' });
    await client.until(() => client.messages.length === 3);
    expect(client.messages.slice(1)).toEqual([{ type: 'pong' }, { type: 'pong', payload: { at: 1 } }]);
    client.cut();
  });

  it.each<[string, unknown]>([
    ['not JSON', '{"type":'],
    ['no object', '[1]'],
    ['null', 'null'],
    ['no type', {}],
    ['an unknown type', { type: 'start' }],
    ['a ping with a text', { type: 'ping', payload: 'x' }],
    ['subscribe without id', { type: 'subscribe', payload: { query: STATES } }],
    ['subscribe with an empty id', { id: '', type: 'subscribe', payload: { query: STATES } }],
    ['subscribe without payload', { id: '1', type: 'subscribe' }],
    ['subscribe without query', { id: '1', type: 'subscribe', payload: {} }],
    ['subscribe with variables in a list', { id: '1', type: 'subscribe', payload: { query: STATES, variables: [] } }],
    ['complete without id', { type: 'complete' }],
  ])('closes with 4400 and a reason for %s', async (_, message) => {
    const client = await RawClient.connect(plant);
    client.send(message);
    const { code, reason } = await client.closing();
    expect(code).toBe(4400);
    expect(reason).toMatch(/^Invalid message: .+/);
  });

  it('closes with 4400 for a binary message', async () => {
    const client = await RawClient.connect(plant);
    client.socket.send(Buffer.from([1, 2, 3]));
    expect(await client.closing()).toEqual({
      code: 4400,
      reason: 'Invalid message: the message is binary; expected JSON text',
    });
  });

  it('closes with 1009 for a message too long, without reading it whole', async () => {
    const client = await RawClient.connect(plant);
    client.send({ type: 'ping', payload: { text: 'x'.repeat(200_000) } });
    expect((await client.closing()).code).toBe(1009);
  });

  it('closes with 4401 when a client subscribes before it is acknowledged', async () => {
    const client = new RawClient(plant);
    await client.open();
    client.subscribe('1', STATES);
    expect(await client.closing()).toEqual({ code: 4401, reason: 'Unauthorized' });
  });

  it('closes with 4408 when connection_init does not come', async () => {
    const client = new RawClient(plant);
    expect(await client.closing()).toEqual({ code: 4408, reason: 'Connection initialisation timeout' });
  });

  it('closes with 4429 for a second connection_init', async () => {
    const client = await RawClient.connect(plant);
    client.send({ type: 'connection_init' });
    expect(await client.closing()).toEqual({ code: 4429, reason: 'Too many initialisation requests' });
  });

  it('closes with 4409 for an id that runs, and takes it again once completed', async () => {
    const client = await RawClient.connect(plant);
    client.subscribe('same', STATES);
    client.send({ id: 'same', type: 'complete' });
    client.subscribe('same', STATES);
    client.subscribe('same', STATES);
    expect(await client.closing()).toEqual({ code: 4409, reason: 'Subscriber for same already exists' });
  });

  it('closes with 4406 for another sub-protocol, or none', async () => {
    const other = new RawClient(plant, 'graphql-ws');
    const none = new RawClient(plant, []);
    // The `ws` client fails the handshake itself when the server picks none of the protocols offered.
    await other.until(() => other.closed !== undefined);
    expect((await none.closing()).code).toBe(4406);
  });

  it('answers an operation that cannot run with an error for its id, and goes on', async () => {
    const client = await RawClient.connect(plant);
    client.subscribe('1', '{ nothing }');
    client.subscribe('2', 'subscription { samples(signals: ["nonsense"]) { __typename } }');
    client.subscribe('3', 'subscription ($a: Position) { states(after: $a) { __typename } }', { a: 'x' });
    client.subscribe('4', 'subscription { states { __typename } alarms { __typename } }');
    client.subscribe('5', 'subscription { __typename }');
    await client.until(() => client.messages.filter(({ type }) => type === 'error').length === 5);
    const codes = client.messages.slice(1).map(({ payload }) => payload[0].extensions.code);
    expect(codes).toEqual(['INVALID', 'INVALID', 'INVALID', 'INVALID', 'INVALID']);
    expect(client.of('1', 'error')[0]!.payload[0].message).toContain('Cannot query field "nothing"');
    expect(client.of('2', 'error')[0]!.payload[0].message).toContain('expected "<asset id>:<signal name>"');
    client.cut();
  });

  it('bounds the operations of one socket', async () => {
    const client = await RawClient.connect(plant);
    for (const id of ['1', '2', '3', '4']) client.subscribe(id, STATES);
    await client.until(() => client.of('4', 'error').length === 1);
    expect(client.of('4', 'error')[0]!.payload[0].extensions.code).toBe('TOO_COMPLEX');
    client.cut();
  });

  it('runs queries and mutations too', async () => {
    const client = await RawClient.connect(plant);
    client.subscribe('q', `query ($id: ID!) { asset(id: $id) { name } }`, { id: LINE });
    client.subscribe('m', `mutation { closeFork(id: "none") }`);
    await client.until(() => client.of('q', 'complete').length + client.of('m', 'complete').length === 2);
    expect(client.items('q')).toEqual([{ asset: { name: 'Bonding line' } }]);
    expect(client.items('m')).toEqual([{ closeFork: false }]);
    client.cut();
  });

  it('stops a subscription that the client completes', async () => {
    const client = await RawClient.connect(plant);
    client.subscribe('gone', STATES);
    client.subscribe('kept', 'subscription { states { ... on StateChange { state } } }');
    await client.until(() => client.items('gone').length === 1 && client.items('kept').length === 1);
    client.send({ id: 'gone', type: 'complete' });
    client.send({ type: 'ping' });
    await client.until(() => client.messages.some(({ type }) => type === 'pong'));
    await plant.state(station(1), 'running');
    await client.until(() => client.items('kept').length === 2);
    expect(client.items('gone')).toHaveLength(1);
    client.cut();
  });

  it('refuses upgrades of other paths and other origins', async () => {
    const foreign = new RawClient(plant, 'graphql-transport-ws', { origin: 'http://evil.example' });
    await expect(foreign.open()).rejects.toThrow('403');
    const own = new RawClient(plant, 'graphql-transport-ws', { origin: plant.origin });
    await own.open();
    own.cut();
    const status = await new Promise((resolve) => {
      const headers = {
        connection: 'upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      };
      get(`${plant.origin}/elsewhere`, { headers }, (response) => resolve(response.statusCode));
    });
    expect(status).toBe(404);
  });
});

describe('the client library of graphql-ws', () => {
  it('subscribes, is told of errors, and queries', async () => {
    const client = createClient({
      url: `${plant.origin.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    const seen: unknown[] = [];
    const subscription = client.iterate<{ states: { __typename: string; state?: string } }>({ query: STATES });
    for await (const { data } of subscription) {
      seen.push(data!.states);
      if (seen.length === 1) await plant.state(station(2), 'blocked');
      else break;
    }
    expect(seen).toEqual([{ __typename: 'CaughtUp' }, { __typename: 'StateChange', state: 'BLOCKED' }]);
    const query = client.iterate({ query: '{ health { state } }' });
    expect((await query.next()).value).toEqual({ data: { health: { state: 'UP' } } });
    await expect(client.iterate({ query: '{ nothing }' }).next()).rejects.toMatchObject([
      { extensions: { code: 'INVALID' } },
    ]);
    await client.dispose();
  });
});

describe('messages', () => {
  it('keep only what the protocol knows', () => {
    const text = JSON.stringify({
      id: '1',
      type: 'subscribe',
      payload: { query: '{ a }', operationName: 'A', extensions: {} },
    });
    expect(parseMessage(text)).toEqual({
      type: 'subscribe',
      id: '1',
      request: { query: '{ a }', operationName: 'A', variables: null },
    });
  });
  it('close reasons fit into a frame, whole characters only', () => {
    expect(closeReason('short')).toBe('short');
    const cut = closeReason('ü'.repeat(100));
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(123);
    expect(cut).toMatch(/^ü+…$/);
  });
});
