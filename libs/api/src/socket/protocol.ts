import { isObject } from '../request/request-body.js';
import { requestOf } from '../request/request-body.js';
import type { GraphQLRequest } from '../request/graphql-executor.js';

/** Name of the sub-protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md */
export const SUBPROTOCOL = 'graphql-transport-ws';

/** Close codes of the protocol, and one of ours. */
export const CloseCode = {
  GoingAway: 1001,
  BadRequest: 4400,
  Unauthorized: 4401,
  SubprotocolNotAcceptable: 4406,
  ConnectionInitialisationTimeout: 4408,
  SubscriberAlreadyExists: 4409,
  /** The client does not read what it subscribed to; the reason names the position to resume after. */
  SlowConsumer: 4413,
  TooManyInitialisationRequests: 4429,
} as const;

/** A message from the client. */
export type ClientMessage =
  | { readonly type: 'connection_init' }
  | { readonly type: 'ping'; readonly payload: Readonly<Record<string, unknown>> | undefined }
  | { readonly type: 'pong' }
  | { readonly type: 'subscribe'; readonly id: string; readonly request: GraphQLRequest }
  | { readonly type: 'complete'; readonly id: string };

/** The message in a text frame, or a sentence saying why it is none. */
export const parseMessage = (text: string): ClientMessage | string => {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return 'the message is not JSON';
  }
  if (!isObject(message)) return 'the message is not a JSON object';
  const { type, payload } = message;
  switch (type) {
    case 'connection_init':
    case 'ping':
    case 'pong':
      if (payload != null && !isObject(payload)) return `the payload of ${type} must be an object`;
      return type === 'ping' ? { type, payload: payload ?? undefined } : { type };
    case 'subscribe':
      return subscribeMessage(message);
    case 'complete':
      return isId(message['id']) ? { type, id: message['id'] } : 'complete needs an `id`, a string that is not empty';
    default:
      return `unknown message type ${String(JSON.stringify(type)).slice(0, 40)}`;
  }
};

const subscribeMessage = ({ id, payload }: Record<string, unknown>): ClientMessage | string => {
  if (!isId(id)) return 'subscribe needs an `id`, a string of 1 to 128 characters';
  const request = requestOf(payload);
  return typeof request === 'string' ? `payload of subscribe: ${request}` : { type: 'subscribe', id, request };
};

const isId = (id: unknown): id is string => typeof id === 'string' && id.length > 0 && id.length <= 128;

/** A close reason may have 123 bytes (RFC 6455, 5.5). */
export const closeReason = (text: string): string => {
  const bytes = Buffer.from(text);
  if (bytes.length <= 123) return text;
  return bytes.subarray(0, 120).toString().replace(/�$/, '') + '…';
};
