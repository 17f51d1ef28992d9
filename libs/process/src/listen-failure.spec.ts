import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { listenFailure } from './listen-failure.js';

const at = { flag: 'health-port', env: 'TEST_PORT' };

const failureOf = async (host: string, port: number): Promise<unknown> => {
  const server = createServer();
  onTestFinished(() => void server.close());
  server.listen(port, host);
  const [error] = await once(server, 'error');
  return error as unknown;
};

test('a port that is taken is told with the setting that chooses another', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const error = await failureOf('127.0.0.1', port);
  expect(listenFailure(error, { ...at, host: '127.0.0.1', port })).toBe(
    `port ${port} of 127.0.0.1 is taken by another program; end it, or choose another port with --health-port or TEST_PORT`,
  );
});

test('an address that this machine has not is told', async () => {
  // An address of the block for documentation: no machine has it.
  const host = '203.0.113.1';
  expect(listenFailure(await failureOf(host, 0), { ...at, host, port: 0 })).toBe(
    'this machine has no address "203.0.113.1"; choose another with --host or MILLWRIGHT_HOST',
  );
});

test('any other error is none of its', () => {
  expect(listenFailure(new Error('no'), { ...at, host: '127.0.0.1', port: 1 })).toBeUndefined();
});
