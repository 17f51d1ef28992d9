import { errorText, whenAborted, withDeadline } from '@millwright/edge';
import mqtt, { ReasonCodes, type IClientOptions, type MqttClient } from 'mqtt';
import type { MqttConnection } from './mqtt.protocol.js';

export type MqttVersion = '3.1.1' | '5';

/** How long the broker may take to answer a CONNECT, SUBSCRIBE or DISCONNECT, milliseconds. */
const ANSWER_MS = 10_000;
const DISCONNECT_MS = 1_000;
/** How long a broker of MQTT 5 keeps our session and its messages while we are away, seconds: a week. */
const SESSION_EXPIRY_S = 7 * 24 * 3_600;
const TOPICS_PER_SUBSCRIBE = 200;

export interface Publish {
  readonly id: number | undefined;
  readonly qos: number;
  /** Sent before, says the broker. */
  readonly dup: boolean;
  readonly topic: string;
  readonly text: string;
}

export interface BrokerLinkOptions {
  readonly connection: MqttConnection;
  readonly version: MqttVersion;
  readonly clientId: string;
  /** Whether the broker keeps subscriptions and messages while we are away. */
  readonly keepSession: boolean;
  /** The broker has accepted us; before any message. */
  readonly onConnected: (link: BrokerLink, sessionPresent: boolean) => void;
  /** A message; the next one comes after `proceed`. A message of QoS 1 is acknowledged by {@link BrokerLink.acknowledge} alone. */
  readonly onPublish: (link: BrokerLink, message: Publish, proceed: () => void) => void;
  readonly signal: AbortSignal;
}

/** The broker does not speak the version, or hung up before it answered: the other version may do. */
export class VersionError extends Error {
  override readonly name = 'VersionError';
}

/** Stops the client from acknowledging a message by itself; it reads on. */
const NOT_YET = new Error('acknowledged later');

/** One connection to a broker. The one file that knows the mqtt package. */
export class BrokerLink {
  /** Why the connection ended, as a sentence. */
  readonly ended: Promise<string>;
  private readonly client: MqttClient;
  private readonly url: string;
  private open = true;

  private constructor(client: MqttClient, url: string) {
    this.client = client;
    this.url = url;
    let reason = '';
    client.on('error', (error) => (reason = errorText(error)));
    client.on(
      'disconnect',
      ({ reasonCode }) => (reason = (reasonCode && ReasonCodes[reasonCode as keyof typeof ReasonCodes]) || reason),
    );
    this.ended = new Promise((resolve) => {
      client.on('close', () => {
        this.open = false;
        resolve(`the connection to ${url} ended${reason ? `: ${reason}` : ''}`);
      });
    });
  }

  /** Connects; rejects with a sentence, {@link VersionError} where another version is worth a try. */
  static async connect(options: BrokerLinkOptions): Promise<BrokerLink> {
    const { connection, onConnected, onPublish, signal } = options;
    const client = mqtt.connect(connection.url, clientOptions(options));
    const link = new BrokerLink(client, connection.url);
    // Called for every message, one after the other; an error keeps the client from sending the PUBACK, and it goes on.
    client.handleMessage = ({ messageId, qos, dup, topic, payload }, done) => {
      onPublish(link, { id: messageId, qos, dup, topic, text: payload.toString() }, () => done(NOT_YET));
    };
    const { aborted, stop } = whenAborted(signal);
    try {
      const connected = new Promise<void>((resolve, reject) => {
        client.once('connect', ({ sessionPresent }) => {
          onConnected(link, sessionPresent);
          resolve();
        });
        client.once('error', (error) => reject(refusal(connection.url, error)));
        client.once('close', () => reject(new VersionError(`${connection.url} hung up before it answered`)));
        void aborted.then(() => reject(new Error('aborted')));
      });
      await withDeadline(connected, ANSWER_MS, `connecting to ${connection.url}`);
      return link;
    } catch (error) {
      await link.close();
      throw error;
    } finally {
      stop();
    }
  }

  get isOpen(): boolean {
    return this.open;
  }

  /** Subscribes each topic; the answer has the broker's reason for each that it refused. */
  async subscribe(
    topics: readonly { readonly topic: string; readonly qos: 0 | 1 }[],
  ): Promise<ReadonlyMap<string, string>> {
    const refused = new Map<string, string>();
    for (let i = 0; i < topics.length; i += TOPICS_PER_SUBSCRIBE) {
      const some = topics.slice(i, i + TOPICS_PER_SUBSCRIBE);
      const granted = await withDeadline(
        this.subscribeSome(some),
        ANSWER_MS,
        `subscribing to ${some.length} topics at ${this.url}`,
      );
      for (const [topic, code] of granted) {
        if (code >= 128) refused.set(topic, ReasonCodes[code as keyof typeof ReasonCodes] ?? `reason ${code}`);
      }
    }
    return refused;
  }

  /** Without waiting for the answer. */
  unsubscribe(topic: string): void {
    this.client.unsubscribe(topic, () => undefined);
  }

  /** One write for all of them. The four bytes of a PUBACK without a reason are the same in MQTT 3.1.1 and 5. */
  acknowledge(ids: readonly number[]): void {
    if (!this.open || ids.length === 0) return;
    const bytes = Buffer.allocUnsafe(4 * ids.length);
    ids.forEach((id, i) => {
      bytes.writeUInt16BE(0x4002, 4 * i);
      bytes.writeUInt16BE(id, 4 * i + 2);
    });
    this.client.stream.write(bytes);
  }

  /** Says that we are there, and waits anew for the broker: while no message is read, its answers to pings are not read either. */
  stayAlive(): void {
    if (!this.open) return;
    this.client.sendPing();
    this.client.reschedulePing(true);
  }

  /** Never rejects. */
  async close(): Promise<void> {
    if (this.open) await withDeadline(this.client.endAsync(), DISCONNECT_MS, 'disconnecting').catch(() => undefined);
    this.client.end(true);
    this.client.stream.destroy();
    this.open = false;
  }

  private subscribeSome(
    topics: readonly { readonly topic: string; readonly qos: 0 | 1 }[],
  ): Promise<[string, number][]> {
    const wanted = Object.fromEntries(topics.map(({ topic, qos }) => [topic, { qos }]));
    return new Promise((resolve, reject) => {
      this.client.subscribe(wanted, (error, subscriptions = [], packet) => {
        // A refusal of one topic is an error for the client; the answer tells them apart.
        const codes = packet?.granted;
        if (!codes) return reject(error ?? new Error(`${this.url} did not answer a SUBSCRIBE as MQTT asks`));
        resolve(subscriptions.map(({ topic }, i): [string, number] => [topic, Number(codes[i])]));
      });
    });
  }
}

const clientOptions = ({ connection, version, clientId, keepSession }: BrokerLinkOptions): IClientOptions => ({
  protocolVersion: version === '5' ? 5 : 4,
  clientId,
  clean: !keepSession,
  keepalive: connection.keepaliveSeconds,
  connectTimeout: ANSWER_MS,
  // We reconnect ourselves, with backoff and a new client.
  reconnectPeriod: 0,
  resubscribe: false,
  log: () => undefined,
  ...(connection.username !== undefined && { username: connection.username }),
  ...(connection.password !== undefined && { password: connection.password }),
  ...(version === '5' && {
    properties: {
      receiveMaximum: connection.maxInFlight,
      ...(keepSession && { sessionExpiryInterval: SESSION_EXPIRY_S }),
    },
  }),
});

/** Reason codes of a CONNACK that speak of the version: 1 in MQTT 3.1.1, 132 in 5. */
const isAboutVersion = (code: unknown): boolean => code === 1 || code === 132;
const isAboutRights = (code: unknown): boolean => [4, 5, 134, 135].includes(code as number);

const refusal = (url: string, error: Error): Error => {
  const { code } = error as Error & { readonly code?: unknown };
  if (isAboutVersion(code)) return new VersionError(`${url} does not speak this version of MQTT`);
  if (isAboutRights(code))
    return new Error(`${url} refuses us: ${errorText(error)}; check username and password of the connection`);
  if (typeof code === 'number') return new Error(`${url} refuses us: ${errorText(error)}`);
  if (typeof code === 'string')
    return new Error(`no broker answers at ${url}: ${errorText(error)}; is it running, and is the url right?`);
  return new VersionError(`${url} did not answer as a broker: ${errorText(error)}`);
};
