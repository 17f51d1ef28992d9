import { errorText, LinkHealth, withDeadline, type Point, type ProbeReport, type RawSample } from '@millwright/edge';
import type { SignalId } from '@millwright/events';
import type { BrokerLink } from './broker-link.js';
import { MessageReader, type Message } from './message-reader.js';
import type { MqttAddress, MqttConnection } from './mqtt.protocol.js';
import type { TopicRoute } from './topic-routes.js';
import { VersionChoice } from './version-choice.js';

export interface ProbeOptions {
  readonly connection: MqttConnection;
  readonly points: readonly Point<MqttAddress>[];
  readonly routes: ReadonlyMap<string, TopicRoute>;
  /** Another one than the connector's, which would be cut off. */
  readonly clientId: string;
  readonly deadlineMs: number;
}

/** Subscribes everything in a session of its own, and waits for one message of each topic, at most until the deadline. */
export const probeBroker = async (options: ProbeOptions): Promise<ProbeReport> => {
  const { connection, points, routes, clientId, deadlineMs } = options;
  const until = performance.now() + deadlineMs;
  const findings = new Findings(routes);
  const abort = new AbortController();
  let opened: BrokerLink | undefined;
  try {
    const connecting = new VersionChoice(connection.version).connect({
      connection,
      clientId,
      keepSession: false,
      signal: abort.signal,
      onConnected: () => undefined,
      onPublish: (link, { id, topic, text }, proceed) => {
        findings.take({ topic, text, again: false });
        if (id !== undefined) link.acknowledge([id]);
        proceed();
      },
    });
    const { link, version } = await withDeadline(connecting, deadlineMs, `connecting to ${connection.url}`);
    opened = link;
    findings.refuse(await link.subscribe([...routes.values()]));
    const left = Math.max(0, until - performance.now());
    await withDeadline(findings.complete, left, 'messages').catch(() => undefined);
    const signals = points.map((point) => findings.of(point));
    const fine = signals.filter(({ ok }) => ok).length;
    const detail = `connected to ${connection.url} (MQTT ${version}); ${fine} of ${signals.length} signals are fine`;
    return { ok: fine === signals.length, detail, signals };
  } catch (error) {
    const detail = errorText(error);
    return { ok: false, detail, signals: points.map(({ signal }) => ({ signal, ok: false, detail })) };
  } finally {
    abort.abort();
    await opened?.close();
  }
};

/** What a probe has seen of each signal. */
class Findings {
  /** Resolves when every topic has had a message or a refusal. */
  readonly complete: Promise<void>;
  private readonly silent: Set<string>;
  private readonly values = new Map<SignalId, string>();
  private readonly health = new LinkHealth('probing', Date.now);
  private readonly reader: MessageReader;
  private refused: ReadonlyMap<string, string> = new Map();
  private finish!: () => void;

  constructor(routes: ReadonlyMap<string, TopicRoute>) {
    this.silent = new Set(routes.keys());
    this.reader = new MessageReader(routes, this.health, { reject: () => undefined });
    this.complete = new Promise((resolve) => (this.finish = resolve));
  }

  take(message: Message): void {
    const samples: RawSample[] = [];
    this.reader.read(message, samples);
    for (const { signal, value } of samples) {
      if (value !== undefined) this.values.set(signal, JSON.stringify(value).slice(0, 60));
    }
    this.heard(message.topic);
  }

  refuse(refused: ReadonlyMap<string, string>): void {
    this.refused = refused;
    for (const topic of refused.keys()) this.heard(topic);
  }

  of({ signal, address: { topic } }: Point<MqttAddress>): ProbeReport['signals'][number] {
    const refusal = this.refused.get(topic);
    if (refusal !== undefined) {
      return { signal, ok: false, detail: `the broker refuses the subscription of topic "${topic}": ${refusal}` };
    }
    const fault = this.health.snapshot().faults.find((f) => f.signal === signal);
    if (fault) return { signal, ok: false, detail: fault.reason };
    const value = this.values.get(signal);
    if (value !== undefined) return { signal, ok: true, detail: `topic "${topic}" has the value ${value}` };
    const detail = `subscribed to topic "${topic}", but no message came in time; check the topic if there should be one`;
    return { signal, ok: true, detail };
  }

  private heard(topic: string): void {
    this.silent.delete(topic);
    if (this.silent.size === 0) this.finish();
  }
}
