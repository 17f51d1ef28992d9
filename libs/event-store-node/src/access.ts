import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http2';
import { EventStoreError } from '@millwright/event-store';
import { statusOf } from './errors.js';
import type { GrpcStatus } from './grpc/status.js';

/** User names and their passwords. */
export type Credentials = Readonly<Record<string, string>>;

/** Calls that clients make before they say who they are. */
const OPEN = /^\/event_store\.client\.(server_features\.ServerFeatures|gossip\.Gossip)\//;

/** Why a call may not be made: it carries none of the credentials (HTTP basic), and needs one. Undefined: it may. */
export const refusalWithout =
  (credentials: Credentials) =>
  (path: string, { authorization }: IncomingHttpHeaders): GrpcStatus | undefined => {
    if (OPEN.test(path) || isKnown(credentials, authorization)) return undefined;
    const reason = authorization === undefined ? 'no credentials came with the call' : 'user or password is wrong';
    return statusOf(new EventStoreError('access-denied', reason));
  };

const isKnown = (credentials: Credentials, authorization: string | undefined): boolean => {
  const basic = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '');
  if (!basic) return false;
  const [, user, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(basic[1]!, 'base64').toString('utf8')) ?? [];
  const expected = user !== undefined && Object.hasOwn(credentials, user) ? credentials[user]! : undefined;
  // Compared even for an unknown user, and as digests: how long it takes must tell nothing.
  return timingSafeEqual(digest(password ?? ''), digest(expected ?? '')) && expected !== undefined;
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
