import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import {
  Backoff,
  keepLink,
  LinkHealth,
  withDeadline,
  type Connector,
  type ConnectorHealth,
  type ConnectorOptions,
  type LinkSession,
  type ProbeReport,
  type SampleSink,
} from '@millwright/edge';
import { BrokerLink } from './broker-link.js';
import { InFlight } from './in-flight.js';
import { MessageReader } from './message-reader.js';
import { MqttInbox } from './mqtt-inbox.js';
import type { MqttAddress, MqttConnection } from './mqtt.protocol.js';
import { probeBroker } from './probe.js';
import { routesOf, type TopicRoute } from './topic-routes.js';
import { VersionChoice } from './version-choice.js';

/** How long a run that was told to end waits for what it has taken to become durable, so that it is not sent again, milliseconds. */
const DRAIN_MS = 2_000;

export class MqttConnector implements Connector {
  private readonly options: ConnectorOptions<MqttConnection, MqttAddress>;
  private readonly routes: ReadonlyMap<string, TopicRoute>;
  private readonly link: LinkHealth;
  private readonly version: VersionChoice;
  private readonly clientId: string;
  private connections = 0;

  constructor(options: ConnectorOptions<MqttConnection, MqttAddress>) {
    this.options = options;
    this.routes = routesOf(options.points);
    this.link = new LinkHealth(`not connected to ${options.connection.url} yet`, options.now);
    this.version = new VersionChoice(options.connection.version);
    this.clientId = options.connection.clientId ?? defaultClientId(options.name);
  }

  probe(deadlineMs: number): Promise<ProbeReport> {
    const { connection, points } = this.options;
    return probeBroker({
      connection,
      points,
      routes: this.routes,
      clientId: `${this.clientId}-probe-${process.pid}`,
      deadlineMs,
    });
  }

  run(sink: SampleSink, signal: AbortSignal): Promise<void> {
    const { backoff, now, connection } = this.options;
    const offer: SampleSink['offer'] = (samples) => {
      this.link.seen();
      return sink.offer(samples);
    };
    const reader = new MessageReader(this.routes, this.link, sink);
    const inFlight = new InFlight({
      limit: connection.maxInFlight,
      read: (message, into) => reader.read(message, into),
      offer,
    });
    const open = (): Promise<LinkSession> => this.open(sink, inFlight, reader, signal);
    return keepLink({ sink, signal, health: this.link, backoff: new Backoff(backoff), now, open });
  }

  health(): ConnectorHealth {
    return this.link.snapshot();
  }

  private async open(
    sink: SampleSink,
    inFlight: InFlight,
    reader: MessageReader,
    signal: AbortSignal,
  ): Promise<LinkSession> {
    const { connection } = this.options;
    const { url } = connection;
    const push: SampleSink['push'] = (samples) => {
      this.link.seen();
      sink.push(samples);
    };
    const inbox = new MqttInbox({ routes: this.routes, inFlight, reader, first: this.connections === 0, push });
    this.link.connecting(`connecting to ${url}`);
    const { link, version } = await this.version.connect({
      connection,
      clientId: this.clientId,
      keepSession: true,
      signal,
      onConnected: (connected, sessionPresent) => inbox.open(connected, sessionPresent),
      onPublish: (connected, message, proceed) => inbox.take(connected, message, proceed),
    });
    this.connections++;
    const beat = setInterval(() => inFlight.full && link.stayAlive(), (connection.keepaliveSeconds * 1_000) / 3);
    const close = async (): Promise<void> => {
      clearInterval(beat);
      inbox.stop();
      if (link.isOpen && !inbox.refused)
        await withDeadline(inFlight.idle(), DRAIN_MS, 'the last messages').catch(() => undefined);
      inFlight.end();
      await link.close();
    };
    try {
      await this.subscribe(link);
    } catch (error) {
      await close();
      throw error;
    }
    const session = inbox.sessionPresent ? 'session resumed' : 'new session';
    const detail = `connected to ${url} (MQTT ${version}, ${session}), ${this.routes.size} topics`;
    return { detail, ended: Promise.race([link.ended, inbox.refusal]), close };
  }

  private async subscribe(link: BrokerLink): Promise<void> {
    const refused = await link.subscribe([...this.routes.values()]);
    for (const [topic, reason] of refused) {
      for (const { signal } of this.routes.get(topic)?.fields ?? []) {
        this.link.fault(
          signal,
          `the broker refuses the subscription of topic "${topic}": ${reason}; check the broker's access rules`,
        );
      }
    }
  }
}

/** The same at every start on this host, so that the broker finds our session again; of the 23 characters that every broker takes. */
const defaultClientId = (connection: string): string =>
  `millwright-${createHash('sha256').update(`${hostname()}|${connection}`).digest('hex').slice(0, 12)}`;
