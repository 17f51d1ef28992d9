import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { AccessDeniedError, EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { makeCertificate } from '@millwright/e2e';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { collect } from '@millwright/event-store/testing';
import { NodeRig } from './node.fixture.js';
import { allRequest, subscription } from './raw.fixture.js';

const rig = new NodeRig();
afterEach(() => rig.close());

describe('TLS', () => {
  let files: { certFile: string; keyFile: string };
  beforeAll(async () => {
    files = await makeCertificate();
  });
  const start = (credentials?: Record<string, string>): ReturnType<NodeRig['node']> =>
    rig.node({
      host: 'localhost',
      tls: { cert: readFileSync(files.certFile), key: readFileSync(files.keyFile, 'utf8') },
      ...(credentials && { credentials }),
    });

  test('a client with the certificate appends, reads and follows', async () => {
    const { connectionString } = await start();
    expect(connectionString).toMatch(/^esdb:\/\/localhost:\d+\?tls=true$/);
    const client = rig.client(`${connectionString}&tlsCAFile=${files.certFile}`);
    const followed = client.subscribeToStream('s');
    const event = jsonEvent({ type: 'T', data: { n: 1 } });
    await client.appendToStream('s', event);
    const [{ event: live }] = (await once(followed, 'data')) as [{ event: { id: string } }];
    expect(live.id).toBe(event.id);
    expect((await collect(client.readStream('s')))[0]!.event!.data).toEqual({ n: 1 });
    await followed.unsubscribe();
  });

  test('a client that does not trust the certificate, or speaks no TLS, gets nothing', async () => {
    const { connectionString, port, health } = await start();
    const strange = rig.client(`${connectionString}&maxDiscoverAttempts=1`);
    await expect(strange.appendToStream('s', jsonEvent({ type: 'T', data: {} }))).rejects.toThrow();
    const plain = rig.client(`esdb://localhost:${port}?tls=false&maxDiscoverAttempts=1`);
    await expect(plain.appendToStream('s', jsonEvent({ type: 'T', data: {} }))).rejects.toThrow();
    expect(health().state).toBe('up');
  });

  test('credentials of the connection string are those of every call', async () => {
    const { connectionString } = await start({ alice: 'wonder:land' });
    const as = (user: string): EventStoreDBClient =>
      rig.client(connectionString.replace('esdb://', `esdb://${user}@`) + `&tlsCAFile=${files.certFile}`);
    const event = jsonEvent({ type: 'T', data: {} });
    expect(await as('alice:wonder%3Aland').appendToStream('s', event)).toMatchObject({ success: true });
    for (const wrong of ['alice:wrong', 'bob:wonder%3Aland']) {
      await expect(collect(as(wrong).readStream('s'))).rejects.toBeInstanceOf(AccessDeniedError);
      await expect(as(wrong).appendToStream('s', event)).rejects.toBeInstanceOf(AccessDeniedError);
      await expect(as(wrong).deleteStream('s')).rejects.toBeInstanceOf(AccessDeniedError);
    }
  });
});

describe('credentials', () => {
  const UNAUTHENTICATED = 16;
  const basic = (text: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(text).toString('base64')}`,
  });

  test.each([
    ['none', {}, 'no credentials came'],
    ['a wrong password', basic('alice:no'), 'user or password is wrong'],
    ['a prefix of the password', basic('alice:secre'), 'user or password is wrong'],
    ['an unknown user', basic('__proto__:secret'), 'user or password is wrong'],
    ['no password', basic('alice'), 'user or password is wrong'],
    ['another scheme', { authorization: 'Bearer secret' }, 'user or password is wrong'],
  ])('%s: refused, and told so as clients know it', async (_, headers, sentence) => {
    const { port } = await rig.node({ credentials: { alice: 'secret' } });
    const connection = await rig.raw(port);
    const { code, details, trailers } = await connection.request('Read', subscription(), headers).status;
    expect([code, details]).toEqual([
      UNAUTHENTICATED,
      sentence === details ? details : expect.stringContaining(sentence),
    ]);
    expect(trailers.exception).toBe('access-denied');
  });

  test('the right ones are let in; what clients ask before they say who they are needs none', async () => {
    const { port } = await rig.node({ credentials: { alice: 'secret' } });
    const connection = await rig.raw(port);
    const read = allRequest((options) => options.setCount('1'));
    expect((await connection.request('Read', read, basic('alice:secret')).status).code).toBe(0);
    for (const path of ['server_features.ServerFeatures/GetSupportedMethods', 'gossip.Gossip/Read']) {
      const { code } = await connection.request(`/event_store.client.${path}`, new Uint8Array()).status;
      expect(code).toBe(0);
    }
  });
});

test('an address in use is refused with the system’s reason', async () => {
  const { port } = await rig.node();
  await expect(rig.node({ port })).rejects.toThrow('EADDRINUSE');
});

test('nobody listens any more after close', async () => {
  const node = await rig.node();
  await node.close();
  expect(node.health().state).toBe('down');
  const client = rig.client(`${node.connectionString}&maxDiscoverAttempts=1`);
  await expect(client.appendToStream('s', jsonEvent({ type: 'T', data: {} }))).rejects.toThrow('UNAVAILABLE');
});
