import { connectorContract } from '@millwright/edge/testing';
import getPort from 'get-port';
import { afterAll, vi } from 'vitest';
import { opcuaProtocol } from './opcua.protocol.js';
import { DataType, TestServer } from './server.fixture.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // a server takes a second to start, more on a busy machine

let server: TestServer | undefined;
afterAll(() => server?.stop());

/** One server for all cases, since each takes its time to start; a case that failed may have left it stopped. */
const running = async (): Promise<TestServer> => {
  server ??= await TestServer.started();
  await server.start();
  return server;
};

connectorContract('opcua', async () => {
  const server = await running();
  const write = (point: string, value: number): Promise<void> => {
    server.set(point, { dataType: DataType.Double, value });
    return Promise.resolve();
  };
  await write('first', 0);
  await write('second', 0);
  return {
    protocol: opcuaProtocol,
    connection: { endpoint: server.endpoint },
    absentConnection: { endpoint: `opc.tcp://127.0.0.1:${await getPort()}` },
    addresses: {
      first: { node: 'ns=2;s=first' },
      second: { node: 'nsu=http://example.org/cell;s=second' },
      wrong: { node: 'ns=2;s=no-such-node' },
    },
    hasSourceTime: true,
    maxOutstanding: undefined,
    write,
    lie: () => {
      server.set('first', { dataType: DataType.String, value: 'seven' });
      return Promise.resolve('seven');
    },
    stop: () => server.stop(),
    start: () => server.start(),
    close: () => Promise.resolve(),
  };
});
