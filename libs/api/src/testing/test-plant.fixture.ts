import { randomUUID } from 'node:crypto';
import type { ActorRecord } from '@millwright/actor-engine';
import {
  CommandError,
  Snapshots,
  type AcknowledgeAlarm,
  type Commands,
  type ComponentHealth,
  type Fork,
  type ForkRequest,
  type Forks,
  type StreamAppender,
  type TwinHost,
} from '@millwright/actor-host';
import type { Position } from '@millwright/event-store';
import { MemoryEventStore } from '@millwright/event-store/testing';
import {
  derivedStream,
  encodeSamples,
  factsStream,
  GOOD,
  PLANT_PREFIXES,
  type AlarmStateChanged,
  type AssetModel,
  type ConclusionPayloads,
  type FactPayloads,
  type OperatingState,
  type Sample,
  type SignalModel,
} from '@millwright/events';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ApiOptions } from '../api-options.js';
import { createApi } from '../api.js';
import { FakeReadModel } from './fake-read-model.fixture.js';

export const LINE = 'acme/hamburg/assembly/bonding-line';
export const station = (n: number): string => `${LINE}/s${n}`;
export const START = Date.parse('2026-03-01T08:00:00.000Z');

const signal = (name: string): SignalModel => ({
  name,
  dataType: 'number',
  unit: 'Cel',
  role: 'measurement',
  normalRange: { low: 10, high: 70 },
  alarms: { high: 80, highHigh: 90 },
  source: { connection: 'plc', protocol: 'modbus', address: 'holding 1 int16' },
});
const SIGNALS = ['temperature', 'pressure', 'speed', 'torque'];

/** The log in memory with a line of five stations of four signals in it, a read model that follows it, and the API over both. */
export class TestPlant {
  readonly store = new MemoryEventStore({ now: () => this.clock });
  readonly readModel = new FakeReadModel();
  clock = START;
  components: ComponentHealth[] = [{ name: 'log', state: 'up', detail: 'fine' }];
  /** Whether an acknowledgement is concluded from: false is an actor that stands still. */
  concludes = true;
  /** Records of the live actors. */
  records: ActorRecord[] = [];
  readonly forks = new FakeForks(this);
  app!: NestFastifyApplication;
  origin!: string;
  private readonly ending = new AbortController();
  private following: Promise<void> | undefined;

  static async start(options: Partial<ApiOptions> = {}): Promise<TestPlant> {
    const plant = new TestPlant();
    await plant.applyModels();
    plant.following = plant.follow();
    await plant.readModel.reached((await plant.store.head())!, 5_000);
    plant.app = await createApi({ ...plant.options(), ...options });
    await plant.app.listen(0, '127.0.0.1');
    plant.origin = (await plant.app.getUrl()).replace('[::1]', '127.0.0.1');
    return plant;
  }

  async stop(): Promise<void> {
    await this.app.close();
    this.ending.abort();
    await this.following;
    await this.store.close();
  }

  async fact<T extends keyof FactPayloads>(asset: string, type: T, data: FactPayloads[T]): Promise<Position> {
    return this.append(factsStream(asset), type, data);
  }

  async conclude<T extends keyof ConclusionPayloads>(
    asset: string,
    type: T,
    data: ConclusionPayloads[T],
  ): Promise<Position> {
    return this.append(derivedStream(asset), type, data);
  }

  samples(asset: string, values: Readonly<Record<string, Sample['value']>>, status = GOOD): Promise<Position> {
    const samples = Object.entries(values).map(([name, value]) => ({
      signal: name,
      value,
      status,
      sourceTime: this.clock - 5,
    }));
    const columns = encodeSamples(samples, this.clock);
    return this.fact(asset, 'SamplesRecorded', { ...columns, gateway: 'g', connection: 'plc', sequence: 1 });
  }

  state(asset: string, to: OperatingState): Promise<Position> {
    return this.conclude(asset, 'OperatingStateChanged', { from: 'offline', to, reason: 'device state' });
  }

  alarm(asset: string, change: Partial<AlarmStateChanged> = {}): Promise<Position> {
    const raised = { from: 'normal', to: 'unacknowledged', value: 85 } as const;
    const base = {
      alarm: 'temperature/high',
      signal: 'temperature',
      level: 'high',
      priority: 'high',
      limit: 80,
    } as const;
    return this.conclude(asset, 'AlarmStateChanged', { ...base, ...raised, ...change });
  }

  /** Resolves with the head when the read model has all that the log has. */
  async settled(): Promise<Position> {
    const head = (await this.store.head())!;
    await this.readModel.reached(head, 5_000);
    return head;
  }

  private async append(stream: string, type: string, data: object): Promise<Position> {
    const event = { id: randomUUID(), type, data, metadata: { time: this.clock } };
    return (await this.store.append(stream, 'any', [event])).position;
  }

  private async applyModels(): Promise<void> {
    const stations = [1, 2, 3, 4, 5].map(station);
    const line: AssetModel = {
      asset: LINE,
      name: 'Bonding line',
      kind: 'line',
      type: 'line',
      children: stations,
      signals: [],
    };
    await this.fact(LINE, 'ModelApplied', { model: line, modelHash: 'h' });
    for (const [i, asset] of stations.entries()) {
      const model: AssetModel = {
        asset,
        name: `Station ${i + 1}`,
        kind: 'station',
        type: 'station',
        parent: LINE,
        children: [],
        signals: SIGNALS.map(signal),
        idealCycleTimeMs: 12_000,
      };
      await this.fact(asset, 'ModelApplied', { model, modelHash: 'h' });
    }
  }

  private async follow(): Promise<void> {
    const { signal } = this.ending;
    const filter = { streamPrefixes: PLANT_PREFIXES };
    for await (const item of this.store.subscribe({ after: 'start', filter, signal })) {
      if (item.kind === 'events') await this.readModel.project(item.events);
    }
  }

  private options(): ApiOptions {
    return {
      readModel: this.readModel,
      store: this.store,
      host: { records: () => this.records, foldedTo: 7n } as unknown as TwinHost,
      // Only read from: the appender is never asked.
      snapshots: new Snapshots({
        store: this.store,
        appender: {} as StreamAppender,
        now: () => this.clock,
        onUnusable: () => undefined,
      }),
      forks: this.forks as unknown as Forks,
      commands: { acknowledgeAlarm: (request: AcknowledgeAlarm) => this.acknowledge(request) } as unknown as Commands,
      health: () => this.components,
      now: () => this.clock,
    };
  }

  /** As the host does it: the fact, and a while later what the actor concludes from it. */
  private async acknowledge({ asset, alarm, by, note }: AcknowledgeAlarm): Promise<{ position: Position }> {
    const moment = await this.readModel.moment();
    const known = (await this.readModel.alarms(moment, { under: asset, limit: 100 })).find(
      (view) => view.alarm === alarm,
    );
    if (!known) throw new CommandError('not-found', `"${asset}" has no alarm "${alarm}"`);
    if (known.state !== 'unacknowledged') throw new CommandError('conflict', `alarm "${alarm}" is ${known.state}`);
    const said = { by, ...(note !== undefined && { note }) };
    const position = await this.fact(asset, 'AlarmAcknowledged', { alarm, ...said });
    const change = { from: known.state, to: 'acknowledged', ...said } as const;
    if (this.concludes) {
      // A change of the same alarm that nobody acknowledged comes first: it must not be taken for the answer.
      setImmediate(() => void this.alarm(asset, {}).then(() => this.acknowledged(asset, { alarm, ...change })));
    }
    return { position };
  }

  private acknowledged(asset: string, change: Partial<AlarmStateChanged>): Promise<Position> {
    return this.conclude(asset, 'AlarmStateChanged', {
      alarm: 'temperature/high',
      signal: 'temperature',
      level: 'high',
      priority: 'high',
      limit: 80,
      from: 'unacknowledged',
      to: 'acknowledged',
      ...change,
    });
  }
}

/** Forks whose read model has the live events up to the end, and one alarm more. */
class FakeForks {
  private readonly plant: TestPlant;
  private readonly open = new Map<string, Fork>();

  constructor(plant: TestPlant) {
    this.plant = plant;
  }

  async create(request: ForkRequest): Promise<Fork> {
    const events = [];
    for await (const event of this.plant.store.readAll({ filter: { streamPrefixes: PLANT_PREFIXES } })) {
      if (event.position <= request.until.position) events.push(event);
    }
    const changed: OperatingState = 'maintenance';
    const conclusion = {
      ...events.at(-1)!,
      stream: derivedStream(station(1)),
      type: 'OperatingStateChanged',
      data: { from: 'running', to: changed, reason: 'fork' },
    };
    const id = `fork-${this.open.size + 1}`;
    const readModel = new FakeReadModel([...events, conclusion]);
    const fork = { id, request, createdAt: START, readModel, factsReplayed: events.length, conclusions: 1 };
    this.open.set(id, fork as unknown as Fork);
    return fork as unknown as Fork;
  }
  get(id: string): Fork | undefined {
    return this.open.get(id);
  }
  list(): Fork[] {
    return [...this.open.values()];
  }
  async close(id: string): Promise<boolean> {
    return this.open.delete(id);
  }
}
