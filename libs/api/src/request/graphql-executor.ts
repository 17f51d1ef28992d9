import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import type { FastifyInstance } from 'fastify';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type {} from 'mercurius';
import { API_LIMITS, type ApiLimits } from '../api-options.js';
import { formatError } from '../error/error-format.js';
import { tooComplex } from '../limit/document-limits.js';
import { operationCost, type Variables } from '../limit/cost.js';
import { isFaulty, OperationCache, type PreparedOperation } from './prepared-operation.js';
import { RequestContext } from './request-context.js';

/** A GraphQL request as it came, over HTTP or a socket. */
export interface GraphQLRequest {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: Variables | null;
}

export interface GraphQLAnswer {
  readonly data?: unknown;
  readonly errors?: readonly GraphQLFormattedError[];
}

/** The one way from a request to an answer, with the same limits and errors whichever way it came. */
@Injectable()
export class GraphQLExecutor {
  private readonly limits: ApiLimits;
  private readonly adapterHost: HttpAdapterHost;
  private readonly schemaHost: GraphQLSchemaHost;
  private operations: OperationCache | undefined;

  constructor(
    @Inject(API_LIMITS) limits: ApiLimits,
    @Inject(HttpAdapterHost) adapterHost: HttpAdapterHost,
    @Inject(GraphQLSchemaHost) schemaHost: GraphQLSchemaHost,
  ) {
    this.limits = limits;
    this.adapterHost = adapterHost;
    this.schemaHost = schemaHost;
  }

  get schema(): GraphQLSchema {
    return this.schemaHost.schema;
  }

  /** The operation that the request means, checked against the schema and every limit; or the errors to answer with. */
  prepare(request: GraphQLRequest): PreparedOperation | readonly GraphQLError[] {
    this.operations ??= new OperationCache(this.schema, this.limits);
    const prepared = this.operations.prepare(request.query, request.operationName);
    if (isFaulty(prepared)) return prepared;
    const cost = operationCost(this.schema, prepared.document, prepared.operation, request.variables ?? {});
    if (cost <= this.limits.cost) return prepared;
    return [
      tooComplex(
        `the operation may cost ${cost} (each field, times the length of the lists around it), the most allowed is ${this.limits.cost}; ask for less with \`first\``,
      ),
    ];
  }

  /** Executes a prepared query or mutation. Never throws. */
  async run(prepared: PreparedOperation, variables: Variables | null | undefined): Promise<GraphQLAnswer> {
    const app = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    try {
      const context = { request: new RequestContext() };
      const answer = await app.graphql(prepared.source, context, { ...variables });
      return answer.errors ? { data: answer.data, errors: answer.errors.map(formatError) } : { data: answer.data };
    } catch (error) {
      return { errors: errorsOf(error).map(formatError) };
    }
  }
}

/** Mercurius packs several errors (wrong variables, say) into one. */
const errorsOf = (error: unknown): readonly unknown[] => {
  const { errors } = error as { errors?: unknown };
  return Array.isArray(errors) && errors.length > 0 ? errors : [error];
};
