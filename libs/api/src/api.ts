import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { API_LIMITS, type ApiLimits, type ApiOptions } from './api-options.js';
import { ApiModule } from './api.module.js';
import { ApiError } from './error/api-error.js';
import { formatError } from './error/error-format.js';
import { servePlayground } from './http/playground.js';
import { originFault } from './http/same-origin.js';
import { SocketServer } from './socket/socket-server.js';

/** Longest body of a request, bytes: a document, twice as long when escaped, and its variables. */
const BODY_BYTES = 262_144;
/** Time for a request to arrive whole, milliseconds. */
const REQUEST_MS = 30_000;

/**
 * The API, ready to `listen`: GraphQL over HTTP and graphql-transport-ws at /graphql, /health, and the playground at /. `close` ends
 * open requests and sockets within a deadline.
 */
export const createApi = async (options: ApiOptions): Promise<NestFastifyApplication> => {
  const adapter = new FastifyAdapter({ bodyLimit: BODY_BYTES, requestTimeout: REQUEST_MS });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.forRoot(options), adapter, {
    logger: ['error', 'warn', 'fatal'],
    abortOnError: false,
  });
  const limits = app.get<ApiLimits>(API_LIMITS);
  const sockets = app.get(SocketServer);
  const fastify = adapter.getInstance();
  fastify.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    const fault = originFault(request.raw, options.allowedHosts);
    if (fault !== undefined) await reply.code(403).send({ errors: [formatError(new ApiError('INVALID', fault))] });
  });
  fastify.addHook('preClose', async () => {
    setTimeout(() => fastify.server.closeAllConnections(), limits.closeMs).unref();
    await sockets.close(limits.closeMs);
  });
  if (options.playgroundDir !== undefined) await servePlayground(app, options.playgroundDir);
  await app.init();
  sockets.attach(fastify.server);
  return app;
};
