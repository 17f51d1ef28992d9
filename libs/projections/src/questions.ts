import type { AssetId, SignalId } from '@millwright/events';
import type {
  AlarmRequest,
  AlarmView,
  AsOf,
  AssetView,
  HistoryRequest,
  LedgerView,
  Moment,
  PartCounts,
  ReadModel,
  SampleView,
  SignalHistory,
  StateSpan,
  StateView,
  TimeRange,
} from '@millwright/read-model';
import type { Question } from './plant-reader.js';
import type { ReaderClient } from './reader-client.js';
import type { Answer, QuestionArgs } from './worker-protocol.js';

/** Sets of models kept; the plant has few, since a model changes with the plant file. */
const MAX_KEPT_ASSETS = 16;

/** The questions of a read model, asked of the reader's worker; which moments may be asked for is for each kind of model to say. */
export abstract class Questions implements ReadModel {
  protected readonly reader: ReaderClient;
  private readonly branch: number | undefined;
  private readonly keptAssets = new Map<string, readonly AssetView[]>();

  constructor(reader: ReaderClient, branch?: number) {
    this.reader = reader;
    this.branch = branch;
  }

  abstract head(): Promise<Moment | undefined>;
  abstract moment(asOf?: AsOf): Promise<Moment>;
  abstract reached(position: bigint, deadlineMs: number): Promise<void>;
  /** Throws a MomentError for a moment that cannot be answered. */
  abstract check(at: Moment): void;

  async assets(at: Moment): Promise<readonly AssetView[]> {
    const version = await this.ask('assetsVersion', at);
    const kept = this.keptAssets.get(version);
    if (kept) return kept;
    const assets = await this.ask('assets', at);
    if (this.keptAssets.size >= MAX_KEPT_ASSETS) this.keptAssets.clear();
    this.keptAssets.set(version, assets);
    return assets;
  }

  states(at: Moment, assets: readonly AssetId[]): Promise<readonly (StateView | undefined)[]> {
    return this.ask('states', at, assets);
  }

  latest(at: Moment, signals: readonly SignalId[]): Promise<readonly (SampleView | undefined)[]> {
    return this.ask('latest', at, signals);
  }

  async history(at: Moment, request: HistoryRequest): Promise<SignalHistory> {
    const { bucketMs } = request;
    if (bucketMs !== undefined && !(bucketMs > 0 && Number.isFinite(bucketMs))) {
      throw new RangeError(`bucketMs is ${bucketMs}; expected the width of a bucket in milliseconds, above 0`);
    }
    return this.ask('history', at, request);
  }

  timeline(at: Moment, asset: AssetId, range: TimeRange, limit: number): Promise<readonly StateSpan[]> {
    return this.ask('timeline', at, asset, range, limit);
  }

  counts(at: Moment, assets: readonly AssetId[], range?: TimeRange): Promise<readonly PartCounts[]> {
    return this.ask('counts', at, assets, range);
  }

  alarms(at: Moment, request: AlarmRequest): Promise<readonly AlarmView[]> {
    return this.ask('alarms', at, request);
  }

  ledger(at: Moment, under?: AssetId): Promise<readonly LedgerView[]> {
    return this.ask('ledger', at, under);
  }

  /** Models may have changed without a new version. */
  protected forgetAssets(): void {
    this.keptAssets.clear();
  }

  private async ask<Q extends Question>(question: Q, at: Moment, ...args: QuestionArgs<Q>): Promise<Answer<Q>> {
    this.check(at);
    return this.reader.ask(question, at, args, this.branch);
  }
}
