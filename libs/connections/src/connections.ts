import type { ComponentHealth, Reporter } from '@millwright/actor-host';
import type { Connector, Ingest, Point, Protocol } from '@millwright/edge';
import type { Plant } from '@millwright/plant-model';

interface Running {
  readonly name: string;
  readonly connector: Connector;
  readonly done: Promise<void>;
  defect?: string;
}

/** Runs one connector per connection of the plant, and keeps a defect in one from touching the others. */
export class Connections {
  private readonly running: Running[] = [];
  private readonly abort = new AbortController();

  start(
    plant: Pick<Plant, 'connections' | 'bindings'>,
    protocols: readonly Protocol[],
    ingest: Ingest,
    now: () => number,
    report: Reporter,
  ): void {
    for (const { name, protocol: protocolName, settings } of plant.connections) {
      const protocol = protocols.find((p) => p.name === protocolName)!;
      const points: Point<unknown>[] = plant.bindings
        .filter((b) => b.connection === name)
        .map(({ signal, address, intervalMs }) => ({ signal, address, intervalMs }));
      if (points.length === 0) continue;
      const connector = protocol.connect({ name, connection: settings, points, now });
      const entry: Running = { name, connector, done: Promise.resolve() };
      const done = connector.run(ingest.sinkFor(name), this.abort.signal).catch((error: unknown) => {
        entry.defect = `connector "${name}" stopped by a defect of its own: ${error instanceof Error ? error.message : String(error)}`;
        report.error(entry.defect);
      });
      this.running.push(Object.assign(entry, { done }));
    }
  }

  health(): ComponentHealth[] {
    return this.running.map(({ name, connector, defect }) => {
      if (defect !== undefined) return { name, state: 'down', detail: defect };
      const { link, detail, faults } = connector.health();
      const faulty = faults.length > 0 ? `; ${faults.map((f) => `${f.signal}: ${f.reason}`).join('; ')}` : '';
      const state = link === 'down' ? 'down' : link === 'connecting' || faults.length > 0 ? 'degraded' : 'up';
      return { name, state, detail: detail + faulty, foreign: true };
    });
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await Promise.all(this.running.map(({ done }) => done));
  }
}
