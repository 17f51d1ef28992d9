import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { GraphQLError, type GraphQLErrorExtensions, type GraphQLFormattedError } from 'graphql';
import { codeOf } from './api-error.js';

const log = new Logger('GraphQL');

/**
 * What a client is told of an error: message, place and a code. Errors that are not meant for clients become INTERNAL with an id, under
 * which the log has the rest; a stack never leaves the server.
 */
export const formatError = (error: unknown): GraphQLFormattedError => {
  const cause = rootCause(error);
  const place = error instanceof GraphQLError ? placeOf(error) : {};
  const code = codeOf(cause);
  if (code !== undefined) return { message: messageOf(cause), ...place, extensions: { code } };
  if (cause instanceof GraphQLError) {
    // Errors of compiled queries may come without extensions, whatever their type says.
    const given = (cause.extensions as GraphQLErrorExtensions | undefined)?.['code'];
    return { message: cause.message, ...place, extensions: { code: given === 'TOO_COMPLEX' ? given : 'INVALID' } };
  }
  const id = randomUUID();
  log.error(`${id}: ${messageOf(cause)}`, cause instanceof Error ? cause.stack : undefined);
  return {
    message: `the server failed; its log has the details under ${id}`,
    ...place,
    extensions: { code: 'INTERNAL', id },
  };
};

const rootCause = (error: unknown): unknown =>
  error instanceof GraphQLError && error.originalError ? rootCause(error.originalError) : error;

const placeOf = ({ locations, path }: GraphQLError): Pick<GraphQLFormattedError, 'locations' | 'path'> => ({
  ...(locations && { locations: locations.map(({ line, column }) => ({ line, column })) }),
  ...(path && { path }),
});

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
