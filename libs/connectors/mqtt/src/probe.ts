import { errorText, LinkHealth, withDeadline, type Point, type ProbeReport, type RawSample } from '@millwright/edge';
import type { SignalId } from '@millwright/events';
import type { BrokerLink } from './broker-link.js';
import { MessageReader } from './message-reader.js';
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

type SignalReport = ProbeReport['signals'][number];

/** Subscribes everything in a session of its own, and waits for one message of each topic, at most until the deadline. */
export const probeBroker = async (options: ProbeOptions): Promise<ProbeReport> => {
  const { connection, points, routes, clientId, deadlineMs } = options;
  const until = Date.now() + deadlineMs;
  const abort = new AbortController();
  const found = new Map<SignalId, string>();
  const health = new LinkHealth('', Date.now);
  const reader = new MessageReader(routes, health, { reject: () => undefined });
  const silent = new Set(routes.keys());
  let allHeard = (): void => undefined;
  const heard = new Promise<void>((resolve) => (allHeard = resolve));
  let opened: BrokerLink | undefined;
  try {
    const connecting = new VersionChoice(connection.version).connect({
      connection,
      clientId,
      keepSession: false,
      signal: abort.signal,
      onConnected: () => undefined,
      onPublish: (link, { id, topic, text }, proceed) => {
        const samples: RawSample[] = [];
        reader.read({ topic, text }, samples);
        for (const { signal, value } of samples)
          if (value !== undefined) found.set(signal, JSON.stringify(value).slice(0, 60));
        silent.delete(topic);
        if (silent.size === 0) allHeard();
        if (id !== undefined) link.acknowledge([id]);
        proceed();
      },
    });
    const { link, version } = await withDeadline(connecting, deadlineMs, `connecting to ${connection.url}`);
    opened = link;
    const refused = await link.subscribe([...routes.values()]);
    for (const topic of refused.keys()) silent.delete(topic);
    if (silent.size > 0) await withDeadline(heard, Math.max(0, until - Date.now()), 'messages').catch(() => undefined);
    const faults = new Map(health.snapshot().faults.map(({ signal, reason }) => [signal, reason]));
    const signals = points.map(({ signal, address: { topic } }): SignalReport => {
      const refusal = refused.get(topic);
      if (refusal !== undefined)
        return { signal, ok: false, detail: `the broker refuses the subscription of topic "${topic}": ${refusal}` };
      const fault = faults.get(signal);
      if (fault !== undefined) return { signal, ok: false, detail: fault };
      const value = found.get(signal);
      if (value !== undefined) return { signal, ok: true, detail: `topic "${topic}" has the value ${value}` };
      return {
        signal,
        ok: true,
        detail: `subscribed to topic "${topic}", but no message came within ${deadlineMs} ms; check the topic if there should be one`,
      };
    });
    const bad = signals.filter((s) => !s.ok).length;
    const detail = `connected to ${connection.url} (MQTT ${version}); ${signals.length - bad} of ${signals.length} signals are fine`;
    return { ok: bad === 0, detail, signals };
  } catch (error) {
    const detail = errorText(error);
    return { ok: false, detail, signals: points.map(({ signal }) => ({ signal, ok: false, detail })) };
  } finally {
    abort.abort();
    await opened?.close();
  }
};
