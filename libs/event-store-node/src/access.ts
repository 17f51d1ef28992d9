import { createHash, timingSafeEqual } from 'node:crypto';
import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { EventStoreError } from '@millwright/event-store';
import { toServiceError } from './errors.js';

/** User names and their passwords. */
export type Credentials = Readonly<Record<string, string>>;

/** Calls that clients make before they say who they are. */
const OPEN = /^\/event_store\.client\.(server_features\.ServerFeatures|gossip\.Gossip)\//;

/** Lets through what carries one of the credentials (HTTP basic), and what needs none. */
export const onlyWith =
  (credentials: Credentials): ServerInterceptor =>
  ({ path }, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            const [authorization] = metadata.get('authorization');
            if (OPEN.test(path) || isKnown(credentials, authorization)) return pass(metadata);
            const reason =
              authorization === undefined ? 'no credentials came with the call' : 'user or password is wrong';
            const { code, details, metadata: trailers } = toServiceError(new EventStoreError('access-denied', reason));
            call.sendStatus({ code: code!, details: details!, metadata: trailers! });
          },
        }),
    });

const isKnown = (credentials: Credentials, authorization: string | Buffer | undefined): boolean => {
  const basic = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization?.toString() ?? '');
  if (!basic) return false;
  const [, user, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(basic[1]!, 'base64').toString('utf8')) ?? [];
  const expected = user !== undefined && Object.hasOwn(credentials, user) ? credentials[user]! : undefined;
  // Compared even for an unknown user, and as digests: how long it takes must tell nothing.
  return timingSafeEqual(digest(password ?? ''), digest(expected ?? '')) && expected !== undefined;
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
