import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { worstOf, type ComponentHealth } from '@millwright/actor-host';

export interface HealthServerOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly health: () => readonly ComponentHealth[];
}

export interface HealthServer {
  readonly origin: string;
  close(): Promise<void>;
}

/** Serves GET /health as the twin's server does: 200 while up or degraded, 503 when down. Rejects when it cannot listen. */
export const startHealthServer = async ({ host, port, health }: HealthServerOptions): Promise<HealthServer> => {
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    if (request.url !== '/health' || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('there is GET /health, and nothing else\n');
      return;
    }
    const components = health();
    const state = worstOf(components);
    response
      .writeHead(state === 'down' ? 503 : 200, {
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
      })
      .end(JSON.stringify({ state, components }));
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    origin: `http://${host}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
