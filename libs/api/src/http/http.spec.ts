import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, post } from '../testing/ask.fixture.js';
import { RawClient } from '../testing/raw-client.fixture.js';
import { LINE, TestPlant } from '../testing/test-plant.fixture.js';
import { CONTENT_SECURITY_POLICY } from './playground.js';
import { originFault } from './same-origin.js';

let plant: TestPlant;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'millwright-api-'));
  mkdirSync(join(dir, 'assets'));
  writeFileSync(join(dir, 'index.html'), '<!doctype html><script type="module" src="/assets/main-1a2b.js"></script>');
  writeFileSync(join(dir, 'assets/main-1a2b.js'), 'export {};');
  writeFileSync(join(dir, 'assets/font.ttf'), 'font');
  plant = await TestPlant.start({ playgroundDir: dir });
});
afterAll(async () => {
  await plant.stop();
  rmSync(dir, { recursive: true });
});

describe('GraphQL over HTTP', () => {
  it('answers JSON that nobody may keep', async () => {
    const response = await post(plant, { query: `{ asset(id: "${LINE}") { name } }` });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({ data: { asset: { name: 'Bonding line' } } });
  });

  it.each<[unknown, string]>([
    [{}, '`query` must be a string'],
    [{ query: 1 }, '`query` must be a string'],
    [{ query: '{ forks { id } }', variables: [] }, '`variables` must be an object'],
    [{ query: '{ forks { id } }', operationName: 1 }, '`operationName` must be a string'],
    [[{ query: '{ forks { id } }' }], 'batches of requests are not served'],
    [{ query: 'subscription { states { __typename } }' }, 'subscriptions are served over WebSocket'],
    [{ query: '{ forks { id ' }, 'Syntax Error'],
    [{ query: '{ forks }' }, 'must have a selection of subfields'],
    [{ query: 'query A { forks { id } } query B { forks { id } }' }, 'several operations'],
    [{ query: 'query A { forks { id } }', operationName: 'B' }, 'no operation "B"'],
    [{ query: 'query ($id: ID!) { asset(id: $id) { id } }' }, '"$id" of required type "ID!"'],
    [{ query: '' }, 'Unexpected <EOF>'],
    [{ query: 'fragment F on Asset { id }' }, 'never used'],
  ])('refuses %j', async (body, message) => {
    const legacy = await post(plant, body);
    expect(legacy.status).toBe(200);
    const { errors, data } = (await legacy.json()) as {
      errors: { message: string; extensions: object }[];
      data?: unknown;
    };
    expect(data).toBeUndefined();
    expect(errors[0]!.message).toContain(message);
    expect(errors[0]!.extensions).toEqual({ code: 'INVALID' });
    const modern = await post(plant, body, { accept: 'application/graphql-response+json' });
    expect(modern.status).toBe(400);
    expect(modern.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
  });

  it('two operations of one document do not share a compiled query', async () => {
    const query = `query Line { asset(id: "${LINE}") { name } } query Forks { forks { id } }`;
    for (let round = 0; round < 3; round++) {
      expect((await ask(plant, query, {}, 'Line')).data).toEqual({ asset: { name: 'Bonding line' } });
      expect((await ask(plant, query, {}, 'Forks')).data).toEqual({ forks: [] });
    }
  });

  it('refuses what is not a POST of JSON', async () => {
    const get = await fetch(`${plant.origin}/graphql?query={forks{id}}`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    // A form of another site could send these without asking first.
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      expect((await post(plant, 'query={forks{id}}', { 'content-type': type })).status).toBe(415);
    }
    expect((await post(plant, '{"query":')).status).toBe(400);
    expect((await post(plant, { query: 'x'.repeat(300_000) })).status).toBe(413);
  });

  it('answers introspection in full, as tools ask for it', async () => {
    const query = getIntrospectionQuery({
      inputValueDeprecation: true,
      oneOf: true,
      specifiedByUrl: true,
      schemaDescription: true,
    });
    const { data, errors } = await ask(plant, query);
    expect(errors).toBeUndefined();
    expect(data.__schema.types.length).toBeGreaterThan(50);
  });
});

describe('other origins', () => {
  it('are refused, and none is told that it may ask', async () => {
    const foreign = await post(plant, { query: '{ forks { id } }' }, { origin: 'http://evil.example' });
    expect(foreign.status).toBe(403);
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    expect(((await foreign.json()) as { errors: object[] }).errors[0]).toMatchObject({
      extensions: { code: 'INVALID' },
    });
    expect((await post(plant, { query: '{ forks { id } }' }, { origin: plant.origin })).status).toBe(200);
  });

  it.each<[Record<string, string>, string[] | undefined, boolean]>([
    [{ host: 'a:1' }, undefined, true],
    [{}, undefined, true],
    [{ host: 'a:1', origin: 'http://a:1' }, undefined, true],
    [{ host: 'a:1', origin: 'https://a:1' }, undefined, true],
    [{ host: 'a:1', origin: 'http://a:2' }, undefined, false],
    [{ host: 'a:1', origin: 'null' }, undefined, false],
    [{ host: 'a:1' }, ['a'], true],
    [{ host: 'b:1', origin: 'http://b:1' }, ['a'], false],
    [{}, ['a'], false],
  ])('headers %j with allowed hosts %j', (headers, allowed, passes) => {
    expect(originFault({ headers }, allowed) === undefined).toBe(passes);
  });
});

describe('health', () => {
  it.each([
    ['up', 200],
    ['degraded', 200],
    ['down', 503],
  ] as const)('%s is %d', async (state, status) => {
    plant.components = [
      { name: 'log', state: 'up', detail: 'fine' },
      { name: 'actors', state, detail: 'so' },
    ];
    const response = await fetch(`${plant.origin}/health`);
    expect(response.status).toBe(status);
    const health = (await response.json()) as { state: string; components: object[] };
    expect(health.state).toBe(state);
    expect(health.components).toContainEqual({ name: 'actors', state, detail: 'so' });
    expect(health.components).toContainEqual(expect.objectContaining({ name: 'subscriptions', state: 'up' }));
    const { data } = await ask(plant, '{ health { state components { name state detail } } }');
    expect(data.health.state).toBe(state.toUpperCase());
    expect(data.health.components).toHaveLength(3);
  });
});

describe('the playground', () => {
  it('is served at / from this machine alone', async () => {
    const page = await fetch(`${plant.origin}/`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/https?:|\*/);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    expect(await page.text()).toContain('/assets/main-1a2b.js');
  });

  it('with its files, by their types', async () => {
    const script = await fetch(`${plant.origin}/assets/main-1a2b.js`);
    expect(script.headers.get('content-type')).toMatch(/^(text|application)\/javascript/);
    expect(script.headers.get('cache-control')).toContain('immutable');
    expect(script.headers.get('x-content-type-options')).toBe('nosniff');
    const font = await fetch(`${plant.origin}/assets/font.ttf`);
    expect(font.headers.get('content-type')).toBe('font/ttf');
  });

  it('and nothing from beside its folder', async () => {
    for (const path of ['/nothing.js', '/%2e%2e/%2e%2e/etc/passwd', '/assets/..%2f..%2fsecret']) {
      const { status } = await fetch(plant.origin + path);
      expect([403, 404]).toContain(status);
    }
  });
});

describe('closing', () => {
  it('says goodbye to sockets and finishes requests', async () => {
    const own = await TestPlant.start();
    const client = await RawClient.connect(own);
    client.subscribe('1', 'subscription { states { __typename } }');
    await client.until(() => client.items('1').length === 1);
    const { ledger } = own.readModel;
    let entered!: () => void;
    const asked = new Promise<void>((resolve) => (entered = resolve));
    own.readModel.ledger = async (at) => {
      entered();
      await new Promise((resolve) => setImmediate(resolve));
      return ledger.call(own.readModel, at);
    };
    const answer = ask(own, '{ ledger { signal } }');
    await asked;
    await own.stop();
    expect(await client.closing()).toEqual({ code: 1001, reason: 'the server is closing' });
    expect(await answer).toEqual({ data: { ledger: [] } });
  });

  it('does not wait for ever for a client that does not answer', async () => {
    const own = await TestPlant.start({ limits: { closeMs: 50 } });
    const client = await RawClient.connect(own);
    client.socket.pause();
    await own.stop();
    client.socket.resume();
    await client.closing();
  });
});
