import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, Metrics } from '../bench.js';
import { cpuSeconds, lineOf, startChild, stopChild, type Child } from '../processes.js';
import { startBroker, type Broker } from './broker.js';
import { LINE, startMillwright } from './millwright.js';
import { installNodeRed, startNodeRed } from './node-red.js';
import type { TallyResult } from './tally.js';

const TOPICS = 1_000;
const ASSETS = 10;
/** Samples that the server still owes after the generator's end are waited for at most so long. */
const DRAIN_MS = 5_000;

interface Step {
  readonly system: string;
  readonly offeredPerSecond: number;
  readonly sent: number;
  readonly result: TallyResult;
  readonly cores: number;
  readonly brokerCores: number;
}

interface System {
  readonly name: string;
  readonly child: Child;
  readonly subscriber: Child;
}

const sibling = (name: string): string => join(import.meta.dirname, name);

const subscribe = async (args: readonly string[]): Promise<Child> => {
  const child = startChild(process.execPath, [sibling('subscriber.js'), '--assets', String(ASSETS), ...args]);
  await lineOf(child, /^SUBSCRIBED/, 15_000);
  return child;
};

const report = async (subscriber: Child): Promise<TallyResult> => {
  const answer = lineOf(subscriber, /^\{.*\}$/, 10_000);
  subscriber.stdin.write('report\n');
  return JSON.parse((await answer)[0]) as TallyResult;
};

/** Offers a rate for some seconds and waits until all has arrived or the drain time has passed. */
const offer = async (system: System, broker: Broker, rate: number, seconds: number, qos: 0 | 1): Promise<Step> => {
  const cpuAt = (): { own: number; broker: number } => ({
    own: cpuSeconds(system.child.pid!),
    broker: cpuSeconds(broker.child.pid!),
  });
  const before = cpuAt();
  const startedAt = performance.now();
  const flags = { port: broker.port, rate, seconds, topics: TOPICS, assets: ASSETS, qos };
  const generator = startChild(process.execPath, [
    sibling('generator.js'),
    ...Object.entries(flags).flatMap(([k, v]) => [`--${k}`, String(v)]),
  ]);
  const [line] = await lineOf(generator, /^\{.*\}$/, (seconds + 30) * 1_000);
  const { sent } = JSON.parse(line) as { sent: number };
  const after = cpuAt();
  const wall = (performance.now() - startedAt) / 1_000;
  let result = await report(system.subscriber);
  for (const deadline = Date.now() + DRAIN_MS; result.received < sent && Date.now() < deadline;) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    result = await report(system.subscriber);
  }
  return {
    system: system.name,
    offeredPerSecond: rate,
    sent,
    result,
    cores: (after.own - before.own) / wall,
    brokerCores: (after.broker - before.broker) / wall,
  };
};

const deliveredPerSecond = ({ result }: Step): number =>
  (result.received / Math.max(1, result.lastAt - result.firstAt)) * 1_000;

const metricsOf = (step: Step): Metrics => ({
  samples_per_s: Math.round(deliveredPerSecond(step)),
  lost: step.sent - step.result.received,
  p50_ms: Math.round(step.result.p50 * 10) / 10,
  p99_ms: Math.round(step.result.p99 * 10) / 10,
  cores: Math.round(step.cores * 100) / 100,
});

const row = (step: Step): Record<string, string | number> => ({
  system: step.system,
  'offered/s': step.offeredPerSecond,
  ...metricsOf(step),
  duplicates: step.result.duplicates,
  'broker cores': Math.round(step.brokerCores * 100) / 100,
});

/** A system, its subscriber and one offered rate in a fresh folder, all ended afterwards. */
const measure = async (name: 'millwright' | 'node-red', rate: number, seconds: number, qos: 0 | 1): Promise<Step> => {
  const dir = mkdtempSync(join(tmpdir(), 'millwright-bench-'));
  const children: Child[] = [];
  try {
    const broker = await startBroker(dir);
    children.push(broker.child);
    const started =
      name === 'millwright'
        ? await startMillwright(dir, broker.port, TOPICS, ASSETS, qos)
        : await startNodeRed(dir, broker.port, qos);
    children.push(started.child);
    const subscriber = await subscribe(['--kind', name, '--url', started.url, '--under', LINE]);
    children.push(subscriber);
    return await offer({ name, child: started.child, subscriber }, broker, rate, seconds, qos);
  } finally {
    await Promise.all(children.reverse().map(stopChild));
    rmSync(dir, { recursive: true, force: true });
  }
};

/**
 * MQTT to a subscriber: through Millwright (durable log, actors, read model and GraphQL between) and through a Node-RED relay that stores
 * nothing; the same broker, generator, machine and run. The figures are of the highest rate offered that lost nothing.
 */
export const ingest: Bench = {
  name: 'ingest',
  options: { rates: '10000,30000', seconds: '5', qos: '1' },
  async run({ rates, seconds, qos }) {
    installNodeRed();
    const level = Number(qos) as 0 | 1;
    const steps: Record<'millwright' | 'node-red', Step[]> = { millwright: [], 'node-red': [] };
    for (const rate of rates!.split(',').map(Number)) {
      for (const name of ['millwright', 'node-red'] as const)
        steps[name].push(await measure(name, rate, Number(seconds), level));
    }
    console.table([...steps.millwright, ...steps['node-red']].map(row));
    return { ours: metricsOf(best(steps.millwright)), reference: { 'node-red-4': metricsOf(best(steps['node-red'])) } };
  },
};

/** The fastest step that lost nothing and kept up with what was offered; without one, the one that lost least. */
const best = (steps: readonly Step[]): Step => {
  const lossless = steps.filter(
    (s) => s.result.received === s.sent && deliveredPerSecond(s) >= 0.95 * s.offeredPerSecond,
  );
  if (lossless.length > 0) return lossless.reduce((a, b) => (b.offeredPerSecond > a.offeredPerSecond ? b : a));
  return steps.reduce((a, b) => (b.sent - b.result.received < a.sent - a.result.received ? b : a));
};
