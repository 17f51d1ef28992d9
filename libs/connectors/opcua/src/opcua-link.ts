import './quiet.js';
import { errorText, whenAborted, withDeadline } from '@millwright/edge';
import {
  AttributeIds,
  type ClientSession,
  type ClientSessionPublishService,
  type ClientSessionRawSubscriptionService,
  type DataValue,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  type UserIdentityInfo,
  UserTokenType,
} from 'node-opcua-client';
import type { OpcuaConnection } from './address.js';
import { Groups } from './groups.js';
import { APPLICATION_NAME, APPLICATION_URI, identity } from './identity.js';

/** Silence between our requests after which a server forgets the session, milliseconds; the publish requests keep it. */
const SESSION_TIMEOUT_MS = 60_000;
/** A polite goodbye may take so long; a frozen server would take it all. */
const GOODBYE_MS_MAX = 1_000;

/** A session with the services that node-opcua's own subscription is built on; its class has them, its interface does not say so. */
export type RawSession = ClientSession & ClientSessionRawSubscriptionService & ClientSessionPublishService;

const loginOf = ({ username, password }: OpcuaConnection): UserIdentityInfo =>
  username === undefined
    ? { type: UserTokenType.Anonymous }
    : { type: UserTokenType.UserName, userName: username, password: password! };

/** node-opcua's messages have several lines and its own advice; the cause is in them by its OPC UA or system name. */
const causeOf = (error: unknown, { username }: OpcuaConnection): string => {
  const text = errorText(error).replaceAll(/\s+/g, ' ').trim();
  if (/BadIdentityToken(Rejected|Invalid)|BadUserAccessDenied|ANONYMOUS user token policy/.test(text)) {
    return username === undefined
      ? 'the server refuses anonymous users: set username and password'
      : `the server refuses the user "${username}": check username and password`;
  }
  if (/USERNAME user token policy/.test(text)) {
    return 'the server offers no login by name and password without message security: leave username and password out, or allow it in its settings';
  }
  if (/End point must exist|BadSecurityPolicyRejected|BadSecurityMode(Rejected|Insufficient)/.test(text)) {
    return 'the server allows signed or encrypted connections only, which come with issue 4: allow security "None" in its settings until then';
  }
  const cause = /Err = \((.*)\)$/.exec(text)?.[1] ?? text;
  return cause.length > 200 ? `${cause.slice(0, 200)}…` : cause;
};

/** One secure channel and one session. It never reconnects by itself: who holds it sees `lost` and opens another. */
export class OpcuaLink {
  readonly session: RawSession;
  /** Resolves with a sentence when channel or session is gone; never rejects. */
  readonly lost: Promise<string>;
  private readonly client: OPCUAClient;
  private readonly timeoutMs: number;
  private isLost = false;

  private constructor(client: OPCUAClient, session: RawSession, timeoutMs: number) {
    this.client = client;
    this.session = session;
    this.timeoutMs = timeoutMs;
    this.lost = new Promise((resolve) => {
      const onLost = (reason: string): void => {
        this.isLost = true;
        resolve(reason);
      };
      client.on('connection_lost', () => onLost('the connection broke'));
      client.on('close', (error) => onLost(`the connection was closed${error ? `: ${errorText(error)}` : ''}`));
      client.on('abort', () => onLost('the server aborted the connection'));
      session.on('session_closed', (status) => onLost(`the server closed the session: ${status.toString()}`));
    });
  }

  /** Connects within the connection's timeout, or rejects with a sentence. */
  static async open(connection: OpcuaConnection, clientName: string, signal: AbortSignal): Promise<OpcuaLink> {
    const { endpoint, timeout } = connection;
    const client = OPCUAClient.create({
      applicationName: APPLICATION_NAME,
      applicationUri: APPLICATION_URI,
      certificateKeyPairProvider: await identity(),
      clientName,
      // Its own reconnection can wait for ever in the middle; ours begins anew. With no retry it closes instead.
      connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 100 },
      defaultTransactionTimeout: timeout,
      // Servers often name themselves by a host that only they can resolve.
      endpointMustExist: false,
      // A goodbye to a server that is gone would wait for its answer; close() says it where there is somebody to hear it.
      keepPendingSessionsOnDisconnect: true,
      requestedSessionTimeout: SESSION_TIMEOUT_MS,
      securityMode: MessageSecurityMode.None,
      securityPolicy: SecurityPolicy.None,
    });
    const { aborted, stop } = whenAborted(signal);
    try {
      const connecting = client.connect(endpoint).then(() => client.createSession(loginOf(connection)));
      const session = await withDeadline(Promise.race([connecting, aborted]), timeout, 'the server');
      if (session === 'aborted') throw new Error('aborted');
      return new OpcuaLink(client, session as RawSession, timeout);
    } catch (error) {
      client.disconnect().catch(() => undefined);
      throw new Error(`cannot connect to the OPC UA server at ${endpoint}: ${causeOf(error, connection)}`, {
        cause: error,
      });
    } finally {
      stop();
    }
  }

  /** The values of variables, each with its status. Rejects with a sentence when the call as a whole fails. */
  readValues(nodeIds: readonly string[]): Promise<DataValue[]> {
    return new Groups().run(nodeIds, async (group) => {
      const nodes = group.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value }));
      return await withDeadline(this.session.read(nodes, 0), this.timeoutMs, `a read of ${nodes.length} values`);
    });
  }

  /** The server's namespaces, by index. */
  readNamespaces(): Promise<string[]> {
    return withDeadline(this.session.readNamespaceArray(), this.timeoutMs, 'a read of the namespaces');
  }

  /** Never rejects; takes no longer than a second or two. */
  async close(): Promise<void> {
    const heard = this.isLost || (await inTime(this.session.close(true)));
    const gone = inTime(this.client.disconnect());
    // A server that did not answer the first goodbye will not answer the second; node-opcua gives up on it by itself.
    if (heard) await gone;
  }
}

/** Whether the goodbye was answered. */
const inTime = (goodbye: Promise<void>): Promise<boolean> =>
  withDeadline(goodbye, GOODBYE_MS_MAX, 'goodbye').then(
    () => true,
    () => false,
  );
