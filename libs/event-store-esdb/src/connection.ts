import { Channel, Metadata, type CallOptions } from '@grpc/grpc-js';
import { discoverEndpoint, type EndPoint } from '@millwright/esdb-protocol';
import { EventStoreError } from '@millwright/event-store';
import type { ConnectionSettings } from './connection-string.js';
import { isAway, leaderOf, toEventStoreError } from './errors.js';
import { makeLink, type Link } from './link.js';

/** Why nothing is heard of the server. */
export interface Fault {
  readonly error: EventStoreError;
  /** By `performance.now()`. */
  readonly since: number;
}

/** As the official client has it: the largest event that EventStoreDB may hold, and some. */
const MAX_MESSAGE_BYTES = 17 * 1024 * 1024;
/** What may be on the way for one call: 64 KiB, HTTP/2's own, would slow reads over distance down. */
const WINDOW_BYTES = 1024 * 1024;
const DEFAULT_KEEPALIVE_MS = 10_000;
const DEFAULT_GOSSIP_SECONDS = 5;

/**
 * The way to the server: one channel, made anew when it is lost or another node leads. The channel is this connection's own: clients that
 * share the process's pool of connections share each other's dead ones too.
 */
export class EsdbConnection {
  private readonly settings: ConnectionSettings;
  private link: Link | undefined;
  private opening: Promise<Link> | undefined;
  private failedEndpoint: EndPoint | undefined;
  private leader: EndPoint | undefined;
  private heardAt = 0;
  private trouble: Fault | undefined;
  private readonly calls = new Set<{ cancel(): void }>();
  private over = false;

  constructor(settings: ConnectionSettings) {
    this.settings = settings;
  }

  /** For people. */
  get name(): string {
    return this.settings.name;
  }

  /** Undefined while the server is heard of. */
  get fault(): Fault | undefined {
    return this.trouble;
  }

  /** Milliseconds since the server has said anything. */
  get silentMs(): number {
    return performance.now() - this.heardAt;
  }

  /** The channel, made when there is none. Rejects with `unavailable` when no node can be found, or `deadline-exceeded`. */
  async open(deadlineMs: number): Promise<Link> {
    if (this.over) throw this.closedError();
    if (this.link) return this.link;
    this.opening ??= this.connect().finally(() => (this.opening = undefined));
    try {
      return await within(deadlineMs, this.opening, () => {
        const reason = `no node of the cluster has been found within ${Math.round(deadlineMs)} ms`;
        return new EventStoreError('deadline-exceeded', `${this.name}: ${reason}`);
      });
    } catch (error) {
      throw this.over ? error : this.failed(undefined, 'connect', error);
    }
  }

  /** Metadata and options of a call; Infinity for those whose waits have deadlines of their own. */
  args(deadlineMs: number): [Metadata, CallOptions] {
    const metadata = new Metadata();
    metadata.set('connection-name', this.settings.options.connectionName ?? 'millwright');
    metadata.set('requires-leader', 'true');
    if (this.settings.authorization !== undefined) metadata.set('authorization', this.settings.authorization);
    return [metadata, { deadline: deadlineMs === Infinity ? Infinity : Date.now() + deadlineMs }];
  }

  /** The server has answered. */
  heard(): undefined {
    this.heardAt = performance.now();
    this.trouble = undefined;
  }

  /**
   * A call has failed: gives the error in the port's terms. When the server is away, silent, or does not lead, the next call goes over a new
   * channel; what is under way on the old one goes on.
   */
  failed(link: Link | undefined, action: string, error: unknown, stream?: string): EventStoreError {
    const known = toEventStoreError(this.name, action, error, stream);
    if (!isAway(known)) {
      if (known.code !== 'access-denied') this.heard();
      return known;
    }
    this.trouble = { error: known, since: this.trouble?.since ?? performance.now() };
    if (link && link === this.link) this.leader = leaderOf(error);
    this.drop(link);
    return known;
  }

  /** Nothing can be had from the server as long as people do nothing. */
  refused(error: EventStoreError): void {
    this.trouble = { error, since: this.trouble?.since ?? performance.now() };
  }

  get closed(): boolean {
    return this.over;
  }

  /** Cancels the call when the connection is closed. */
  track(call: { cancel(): void }): void {
    this.calls.add(call);
  }

  untrack(call: { cancel(): void }): void {
    this.calls.delete(call);
  }

  close(): void {
    this.over = true;
    for (const call of [...this.calls]) call.cancel();
    this.drop(this.link);
  }

  closedError(): EventStoreError {
    return new EventStoreError('closed', `the connection to the log at ${this.name} is closed`);
  }

  private drop(link: Link | undefined): void {
    if (!link || this.link !== link) return;
    this.link = undefined;
    this.failedEndpoint = link.endpoint;
    link.channel.close();
  }

  private async connect(): Promise<Link> {
    const endpoint = await this.find();
    if (this.over) throw this.closedError();
    const { keepAliveInterval = DEFAULT_KEEPALIVE_MS, keepAliveTimeout = DEFAULT_KEEPALIVE_MS } = this.settings.options;
    const channel = new Channel(`${endpoint.address}:${endpoint.port}`, this.settings.channelCredentials, {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
      'grpc.enable_channelz': 0,
      'grpc.keepalive_time_ms': keepAliveInterval < 0 ? Number.MAX_VALUE : keepAliveInterval,
      'grpc.keepalive_timeout_ms': keepAliveTimeout < 0 ? Number.MAX_VALUE : keepAliveTimeout,
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
      'grpc-node.flow_control_window': WINDOW_BYTES,
    });
    return (this.link = makeLink(endpoint, channel, () => this.args(Infinity)));
  }

  /** The node to talk to. One round of questions: whoever calls tries again. */
  private async find(): Promise<EndPoint> {
    const { hosts, discover, options, channelCredentials } = this.settings;
    const { leader } = this;
    this.leader = undefined;
    if (leader) return leader;
    if (!discover) return hosts[0]!;
    const found = {
      maxDiscoverAttempts: 1,
      discoveryInterval: 0,
      gossipTimeout: options.gossipTimeout ?? DEFAULT_GOSSIP_SECONDS,
      ...(options.dnsDiscover ? { discover: hosts[0]! } : { endpoints: [...hosts] }),
    };
    try {
      return await discoverEndpoint(found, channelCredentials, this.failedEndpoint);
    } catch (error) {
      const asked = hosts.map(({ address, port }) => `${address}:${port}`).join(', ');
      const reason = `none of ${asked} tells who leads the cluster`;
      throw new EventStoreError('unavailable', `${this.name}: ${reason}`, { cause: error });
    }
  }
}

const within = <T>(deadlineMs: number, work: Promise<T>, late: () => Error): Promise<T> =>
  new Promise((resolve, reject) => {
    // Node's timers know no more than 2^31 - 1 ms.
    const timer = deadlineMs === Infinity ? undefined : setTimeout(() => reject(late()), deadlineMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
