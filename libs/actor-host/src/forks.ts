import { applyOverrides, type ModelOverrides } from '@millwright/actor-engine';
import { removedText, type EventMetadata, type EventStore, type RecordedEvent } from '@millwright/event-store';
import {
  canonicalHash,
  derivedStream,
  FACTS_PREFIX,
  factsStream,
  uuidV5,
  type AssetId,
  type AssetModel,
  type Fact,
  type PlantEvent,
} from '@millwright/events';
import type { ForkReadModel, LiveReadModel, Moment, ProjectedEvent } from '@millwright/read-model';
import { CommandError } from './commands.js';
import { plantEvents, restore } from './fold-log.js';
import { conclusionEvent } from './outbox.js';
import { toPlantEvent, type Drawn, type PlantFold } from './plant-fold.js';
import type { Snapshots } from './snapshots.js';

export interface ForkRequest {
  /** The fork point: up to here the fork is the plant as it was. */
  readonly from: Moment;
  /** The recorded facts are taken up to here. */
  readonly until: Moment;
  /** Other limits, ranges or cycle times, per asset, in force from the fork point. */
  readonly overrides: readonly { readonly asset: AssetId; readonly overrides: ModelOverrides }[];
}

export interface Fork {
  readonly id: string;
  readonly request: ForkRequest;
  readonly createdAt: number;
  readonly readModel: ForkReadModel;
  readonly factsReplayed: number;
  readonly conclusions: number;
}

export interface ForksOptions {
  readonly store: EventStore;
  readonly snapshots: Snapshots;
  readonly readModel: LiveReadModel;
  readonly now: () => number;
  /** Forks open at once; default 8. */
  readonly maxForks?: number;
}

const PROJECT_BATCH = 512;
/** The live plant goes on while a fork replays: the loop is given back after so many events. */
const YIELD_EVERY = 256;

/**
 * What-if branches: the recorded facts of a span, folded again by the same actors under other models. The conclusions stay in the
 * fork's own read model; nothing is written to the log.
 */
export class Forks {
  private readonly options: Required<ForksOptions>;
  private readonly open = new Map<string, Fork>();
  private created = 0;
  private creating = 0;

  constructor(options: ForksOptions) {
    this.options = { maxForks: 8, ...options };
  }

  async create(request: ForkRequest): Promise<Fork> {
    const { from, until } = request;
    if (from.position > until.position)
      throw new CommandError(
        'invalid',
        `a fork begins at or before its end: ${from.position} lies after ${until.position}`,
      );
    if (this.open.size + this.creating >= this.options.maxForks) {
      throw new CommandError('conflict', `${this.options.maxForks} forks are open, the most allowed; close one first`);
    }
    this.creating++;
    try {
      const fork = await this.replay(request);
      this.open.set(fork.id, fork);
      return fork;
    } finally {
      this.creating--;
    }
  }

  get(id: string): Fork | undefined {
    return this.open.get(id);
  }

  list(): readonly Fork[] {
    return [...this.open.values()];
  }

  async close(id: string): Promise<boolean> {
    const fork = this.open.get(id);
    this.open.delete(id);
    await fork?.readModel.close();
    return fork !== undefined;
  }

  private async replay(request: ForkRequest): Promise<Fork> {
    const { store, snapshots, readModel, now } = this.options;
    const { fold, missing, removed } = await restore(store, snapshots, request.from.position);
    if (removed) throw new CommandError('conflict', `the fork would not be true to the plant: ${removedText(removed)}`);
    const models = overriddenModels(fold, request);
    const id = `fork-${++this.created}`;
    const assets = [...fold.entries()].map(([asset]) => asset);
    const branch = await readModel.fork({ from: request.from, until: request.until, assets, models });
    try {
      const replay = new ForkReplay(id, fold, branch, request);
      replay.conclude(missing);
      replay.applyModels(models);
      const tail = plantEvents(store, {
        after: request.from.position,
        upTo: request.until.position,
        streamPrefixes: [FACTS_PREFIX],
      });
      for await (const event of tail) await replay.fact(event);
      await replay.flush();
      return {
        id,
        request,
        createdAt: now(),
        readModel: branch,
        factsReplayed: replay.facts,
        conclusions: replay.conclusions,
      };
    } catch (error) {
      await branch.close();
      throw error;
    }
  }
}

/** Each overridden asset's model at the fork point; a wrong override is refused before anything is replayed. */
const overriddenModels = (fold: PlantFold, { overrides }: ForkRequest): AssetModel[] =>
  overrides.map(({ asset, overrides: changes }) => {
    const record = fold.record(asset);
    if (!record) throw new CommandError('not-found', `asset "${asset}" does not exist at the fork point`);
    return overridden(record.model, changes);
  });

const overridden = (model: AssetModel, changes: ModelOverrides): AssetModel => {
  const result = applyOverrides(model, changes);
  if (!result.ok) throw new CommandError('invalid', result.reason);
  return result.model;
};

/** One run of the recorded facts through a fork's fold. */
class ForkReplay {
  facts = 0;
  conclusions = 0;
  private readonly id: string;
  private readonly fold: PlantFold;
  private readonly branch: ForkReadModel;
  private readonly request: ForkRequest;
  private waiting: ProjectedEvent[] = [];

  constructor(id: string, fold: PlantFold, branch: ForkReadModel, request: ForkRequest) {
    this.id = id;
    this.fold = fold;
    this.branch = branch;
    this.request = request;
  }

  /** What had been concluded at the fork point but stands in the log only after it. */
  conclude(missing: readonly Drawn[]): void {
    this.settleDrawn(missing, this.request.from);
  }

  applyModels(models: readonly AssetModel[]): void {
    for (const model of models) {
      const time = this.fold.record(model.asset)!.clock;
      const fact: Fact = { type: 'ModelApplied', data: { model, modelHash: canonicalHash(model) } };
      this.settle({ ...fact, id: uuidV5(`${this.id}|${model.asset}`), asset: model.asset, time }, this.request.from);
    }
  }

  async fact(event: RecordedEvent): Promise<void> {
    const plantEvent = toPlantEvent(event);
    if (!plantEvent) return;
    const at = { position: event.position, time: event.recordedAt };
    const kept = this.keepOverrides(plantEvent);
    if (kept !== plantEvent) this.project(factsStream(kept.asset), kept, event.metadata, at);
    this.settle(kept, at);
    if (this.waiting.length >= PROJECT_BATCH) await this.flush();
    if (++this.facts % YIELD_EVERY === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  async flush(): Promise<void> {
    const batch = this.waiting;
    this.waiting = [];
    if (batch.length > 0) await this.branch.project(batch);
  }

  /** A model change that the plant saw within the span keeps the fork's overrides on top. */
  private keepOverrides(event: PlantEvent): PlantEvent {
    if (event.type !== 'ModelApplied') return event;
    const own = this.request.overrides.filter(({ asset }) => asset === event.asset);
    if (own.length === 0) return event;
    const model = own.reduce((m, { overrides }) => overridden(m, overrides), event.data.model);
    return { ...event, data: { model, modelHash: canonicalHash(model) } };
  }

  private project(
    stream: string,
    { type, data }: Pick<ProjectedEvent, 'type' | 'data'>,
    metadata: EventMetadata,
    { position, time: recordedAt }: Moment,
  ): void {
    this.waiting.push({ stream, type, data, metadata, position, recordedAt });
  }

  private settle(event: PlantEvent, at: Moment): void {
    this.settleDrawn(this.fold.apply(event, 'facts').drawn, at);
  }

  /** Gives what the actors concluded to the read model and to their parents, until nothing new is drawn. */
  private settleDrawn(first: readonly Drawn[], at: Moment): void {
    const queue = [...first];
    for (let drawn = queue.shift(); drawn; drawn = queue.shift()) {
      this.conclusions++;
      const conclusion = conclusionEvent(drawn);
      this.project(derivedStream(drawn.asset), conclusion, conclusion.metadata, at);
      queue.push(...this.fold.apply(asPlantEvent(drawn), 'conclusions').drawn);
    }
  }
}

const asPlantEvent = ({ id, asset, emitted }: Drawn): PlantEvent => ({ ...emitted, id, asset });
