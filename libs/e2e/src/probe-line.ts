import type { MqttClient } from 'mqtt';
import { expect } from 'vitest';
import { eventually, query } from './graphql.js';

const SIGNALS = 5;
const PROBE = 'acme/hamburg/assembly/probe-line/p1';

/** A line of its own beside the demo line: numbered samples through mosquitto, so that each can be told from every other. */
export const probeLine = (brokerUrl: string): string => `
millwright: 1
enterprise: { id: acme, name: Acme Adhesives }
site: { id: hamburg, name: Hamburg works }
area: { id: assembly, name: Assembly hall }
line: { id: probe-line, name: Probe line }
connections:
  broker: { protocol: mqtt, url: '${brokerUrl}' }
stations:
  - id: p1
    name: Probe
    type: station
    connection: broker
    signals:
${Array.from({ length: SIGNALS }, (_, n) => `      n${n}: { dataType: integer, address: { topic: probe/n${n}, path: n, timestamp: t } }`).join('\n')}
`;

/** Publishes numbered samples, round robin over the signals, until told to stop. */
export class ProbePublisher {
  published = 0;
  private readonly client: MqttClient;
  private readonly timer: NodeJS.Timeout;
  private readonly unacknowledged = new Set<Promise<unknown>>();

  constructor(client: MqttClient) {
    this.client = client;
    this.timer = setInterval(() => this.publish(), 2);
  }

  private publish(): void {
    const signal = this.published % SIGNALS;
    const n = Math.floor(this.published++ / SIGNALS) + 1;
    const sent = this.client.publishAsync(`probe/n${signal}`, JSON.stringify({ n, t: Date.now() }), { qos: 1 });
    this.unacknowledged.add(sent);
    void sent.finally(() => this.unacknowledged.delete(sent));
  }

  async reached(count: number): Promise<void> {
    await eventually(
      async () => this.published,
      (n) => n >= count,
    );
  }

  /** Resolves when the broker has them all. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.unacknowledged);
  }
}

/** Every sample published is in history once, and the ledger counts them all. */
export const expectStoredOnce = async (origin: string, total: number): Promise<void> => {
  const stored = await eventually(
    () =>
      query<{ ledger: { signal: string; stored: number; rejected: object[] }[] }>(
        origin,
        `query($under: ID!) { ledger(under: $under) { signal stored rejected { reason count } } }`,
        { under: PROBE },
      ),
    ({ ledger }) => ledger.reduce((sum, { stored }) => sum + stored, 0) >= total,
  );
  expect(stored.ledger.reduce((sum, { stored }) => sum + stored, 0)).toBe(total);
  for (let n = 0; n < SIGNALS; n++) {
    const { signal } = await query<{ signal: { history: { last: number[]; truncated: boolean } } }>(
      origin,
      `query($id: ID!, $range: TimeRange!) { signal(id: $id) { history(range: $range, first: 10000) { last truncated } } }`,
      { id: `${PROBE}:n${n}`, range: { from: '2020-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' } },
    );
    const expected = Array.from({ length: Math.ceil((total - n) / SIGNALS) }, (_, i) => i + 1);
    expect([...signal.history.last].sort((a, b) => a - b)).toEqual(expected);
    expect(signal.history.truncated).toBe(false);
  }
};
