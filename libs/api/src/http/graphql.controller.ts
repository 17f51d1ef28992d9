import { Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { formatError } from '../error/error-format.js';
import { ApiError } from '../error/api-error.js';
import { GraphQLExecutor, type GraphQLAnswer } from '../request/graphql-executor.js';
import { requestOf } from '../request/request-body.js';
import { isFaulty } from '../request/prepared-operation.js';

const RESPONSE_JSON = 'application/graphql-response+json';

/** GraphQL over HTTP: POST with JSON. With the response type of the GraphQL-over-HTTP draft a request error is a 400, else a 200. */
@Controller('graphql')
export class GraphQLController {
  private readonly executor: GraphQLExecutor;

  constructor(@Inject(GraphQLExecutor) executor: GraphQLExecutor) {
    this.executor = executor;
  }

  @Post()
  async post(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    // Forms of any site can send other types without asking; nobody else needs them.
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
      const error = new ApiError('INVALID', 'the content-type must be application/json');
      return reply.code(415).send({ errors: [formatError(error)] });
    }
    const modern = request.headers.accept?.includes(RESPONSE_JSON) === true;
    const answer = await this.answer(request.body);
    const refused = answer.errors !== undefined && answer.data === undefined;
    await reply
      .code(refused && modern ? 400 : 200)
      .header('content-type', `${modern ? RESPONSE_JSON : 'application/json'}; charset=utf-8`)
      .header('cache-control', 'no-store')
      .send(JSON.stringify(answer));
  }

  @Get()
  get(@Res() reply: FastifyReply): void {
    const error = new ApiError('INVALID', 'send GraphQL requests with POST and content-type application/json');
    void reply
      .code(405)
      .header('allow', 'POST')
      .send({ errors: [formatError(error)] });
  }

  private async answer(body: unknown): Promise<GraphQLAnswer> {
    const request = requestOf(body);
    if (typeof request === 'string') return { errors: [formatError(new ApiError('INVALID', request))] };
    const prepared = this.executor.prepare(request);
    if (isFaulty(prepared)) return { errors: prepared.map(formatError) };
    if (prepared.operation.operation === 'subscription') {
      const error = new ApiError(
        'INVALID',
        'subscriptions are served over WebSocket (graphql-transport-ws) at /graphql',
      );
      return { errors: [formatError(error)] };
    }
    return this.executor.run(prepared, request.variables);
  }
}
