import type { GraphQLRequest } from './graphql-executor.js';

/** The GraphQL request in a decoded JSON body, or a sentence saying what is wrong with it. */
export const requestOf = (body: unknown): GraphQLRequest | string => {
  if (Array.isArray(body)) return 'batches of requests are not served; send them one by one';
  if (!isObject(body)) return 'the body must be a JSON object with `query`';
  const { query, operationName, variables } = body;
  if (typeof query !== 'string') return '`query` must be a string with a GraphQL document';
  if (operationName != null && typeof operationName !== 'string') return '`operationName` must be a string';
  if (variables != null && !isObject(variables)) return '`variables` must be an object';
  return { query, operationName: operationName ?? null, variables: variables ?? null };
};

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
