import type { Position, RecordedEvent } from '@millwright/event-store';
import { FACTS_PREFIX, factsStream } from '@millwright/events';
import type { AssetId, SignalId } from '@millwright/events';
import type { ForkOptions, ForkReadModel, LiveReadModel, ProjectedEvent } from '../projector.port.js';
import { ReadModelError } from '../read-model-error.js';
import { MomentError } from '../read-model.port.js';
import type { AlarmRequest, AsOf, HistoryRequest, Moment, ReadModel, TimeRange } from '../read-model.port.js';
import { entryOf, NaiveAnswers } from './naive-answers.js';

abstract class MemoryQuestions implements ReadModel {
  abstract head(): Promise<Moment | undefined>;
  abstract moment(asOf?: AsOf): Promise<Moment>;
  abstract reached(position: Position, deadlineMs: number): Promise<void>;
  /** What is true at the moment, in order. Throws a MomentError. */
  protected abstract eventsAt(at: Moment): readonly ProjectedEvent[];

  async assets(at: Moment) {
    return this.at(at).assets();
  }
  async states(at: Moment, assets: readonly AssetId[]) {
    return this.at(at).states(assets);
  }
  async latest(at: Moment, signals: readonly SignalId[]) {
    return this.at(at).latest(signals);
  }
  async history(at: Moment, request: HistoryRequest) {
    return this.at(at).history(request);
  }
  async timeline(at: Moment, asset: AssetId, range: TimeRange, limit: number) {
    return this.at(at).timeline(asset, range, limit);
  }
  async counts(at: Moment, assets: readonly AssetId[], range?: TimeRange) {
    return this.at(at).counts(assets, range);
  }
  async alarms(at: Moment, request: AlarmRequest) {
    return this.at(at).alarms(request);
  }
  async ledger(at: Moment, under?: AssetId) {
    return this.at(at).ledger(under);
  }

  private at(moment: Moment): NaiveAnswers {
    return new NaiveAnswers(this.eventsAt(moment).map(entryOf));
  }
}

/** A read model in memory, for specs: plain and slow. */
export class MemoryReadModel extends MemoryQuestions implements LiveReadModel {
  private readonly events: RecordedEvent[] = [];
  private readonly waiters = new Set<() => void>();

  async head(): Promise<Moment | undefined> {
    const last = this.events.at(-1);
    return last && momentOf(last);
  }

  async moment(asOf?: AsOf): Promise<Moment> {
    const head = this.events.at(-1);
    if (!head) throw new MomentError('before-start', 'nothing has been projected yet');
    if (!asOf) return momentOf(head);
    if ('position' in asOf) return momentOf(this.eventsAt({ position: asOf.position, time: 0 }).at(-1)!);
    const found = this.events.filter(({ recordedAt }) => recordedAt <= asOf.time).at(-1);
    if (!found) throw new MomentError('before-start', `nothing had been recorded at ${asOf.time}`);
    return momentOf(found);
  }

  async reached(position: Position, deadlineMs: number): Promise<void> {
    const isReached = (): boolean => (this.events.at(-1)?.position ?? -1n) >= position;
    if (isReached()) return;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (isReached()) end(resolve);
      };
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        this.waiters.delete(look);
        settle();
      };
      const late = new ReadModelError('deadline-exceeded', `position ${position} not reached within ${deadlineMs} ms`);
      const timer = setTimeout(() => end(() => reject(late)), deadlineMs);
      this.waiters.add(look);
    });
  }

  async checkpoint(): Promise<Position | undefined> {
    return this.events.at(-1)?.position;
  }

  async project(events: readonly RecordedEvent[]): Promise<void> {
    for (const event of events) {
      if (event.position > (this.events.at(-1)?.position ?? -1n)) this.events.push(event);
    }
    for (const look of this.waiters) look();
  }

  async fork(options: ForkOptions): Promise<ForkReadModel> {
    this.eventsAt(options.from);
    this.eventsAt(options.until);
    if (options.from.position > options.until.position)
      throw new MomentError('outside-fork', 'a fork ends after it begins');
    return new MemoryFork(this, options);
  }

  async close(): Promise<void> {}

  eventsAt({ position }: Moment): readonly RecordedEvent[] {
    if (position > (this.events.at(-1)?.position ?? -1n))
      throw new MomentError('after-head', `${position} is not there yet`);
    const found = this.events.filter((event) => event.position <= position);
    if (found.length === 0) throw new MomentError('before-start', `${position} lies before the first event`);
    return found;
  }
}

class MemoryFork extends MemoryQuestions implements ForkReadModel {
  private readonly live: MemoryReadModel;
  private readonly options: ForkOptions;
  private readonly own: ProjectedEvent[];
  private readonly rederived: Set<string>;

  constructor(live: MemoryReadModel, options: ForkOptions) {
    super();
    this.live = live;
    this.options = options;
    this.rederived = new Set(options.assets.map((asset) => `derived-${asset}`));
    this.own = options.models.map((model) => ({
      stream: factsStream(model.asset),
      type: 'ModelApplied',
      data: { model, modelHash: '' },
      metadata: { time: options.from.time },
      position: options.from.position,
      recordedAt: options.from.time,
    }));
  }

  async head(): Promise<Moment> {
    return this.options.until;
  }

  async moment(asOf?: AsOf): Promise<Moment> {
    if (!asOf) return this.options.until;
    if ('position' in asOf) this.check(asOf.position);
    const moment = await this.live.moment(asOf);
    this.check(moment.position);
    return moment;
  }

  async reached(position: Position): Promise<void> {
    this.check(position);
  }

  async project(conclusions: readonly ProjectedEvent[]): Promise<void> {
    for (const event of conclusions) {
      this.check(event.position);
      if (!event.stream.startsWith(FACTS_PREFIX)) this.rederived.add(event.stream);
      this.own.push(event);
    }
  }

  async close(): Promise<void> {}

  protected eventsAt(at: Moment): readonly ProjectedEvent[] {
    this.check(at.position);
    const own = this.own.filter(({ position }) => position <= at.position);
    const remodelled = new Set(this.own.filter(({ type }) => type === 'ModelApplied').map(({ stream }) => stream));
    const shared = this.live.eventsAt(at).filter(({ stream, type, position }) => {
      if (position <= this.options.from.position) return true;
      return !this.rederived.has(stream) && !(type === 'ModelApplied' && remodelled.has(stream));
    });
    // Stable: of one position, the plant's event comes first, then the fork's in their order.
    return [...shared, ...own].sort((a, b) => (a.position < b.position ? -1 : a.position > b.position ? 1 : 0));
  }

  private check(position: Position): void {
    if (position > this.options.until.position)
      throw new MomentError('outside-fork', `${position} lies after the fork`);
  }
}

const momentOf = ({ position, recordedAt }: ProjectedEvent): Moment => ({ position, time: recordedAt });
