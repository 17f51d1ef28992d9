import type { AlarmState, AssetId, SignalId } from '@millwright/events';
import type {
  AlarmView,
  AssetView,
  Moment,
  PartCounts,
  ReadModel,
  SampleView,
  StateView,
  TimeRange,
} from '@millwright/read-model';
import { Batcher } from './batcher.js';

/** Alarms asked for in one call for many assets; above it each asset asks for itself. */
const SHARED_ALARMS = 5_000;

export interface AlarmQuery {
  readonly states?: readonly AlarmState[] | undefined;
  readonly limit: number;
}

/** One read model at one moment, within one request: what is asked twice is read once, and what is asked together is read together. */
export class PlantScope {
  readonly readModel: ReadModel;
  readonly moment: Moment;
  readonly states: Batcher<AssetId, StateView | undefined>;
  readonly latest: Batcher<SignalId, SampleView | undefined>;
  private assetIndex: Promise<ReadonlyMap<AssetId, AssetView>> | undefined;
  private readonly countsByRange = new Map<string, Batcher<AssetId, PartCounts>>();
  private readonly alarmsByQuery = new Map<string, Batcher<AssetId, readonly AlarmView[]>>();

  constructor(readModel: ReadModel, moment: Moment) {
    this.readModel = readModel;
    this.moment = moment;
    this.states = new Batcher((assets) => readModel.states(moment, assets));
    this.latest = new Batcher((signals) => readModel.latest(moment, signals));
  }

  /** Every asset of the moment, parents before children. */
  assets(): Promise<ReadonlyMap<AssetId, AssetView>> {
    return (this.assetIndex ??= this.readModel
      .assets(this.moment)
      .then((views) => new Map(views.map((view) => [view.model.asset, view]))));
  }

  counts(asset: AssetId, range?: TimeRange): Promise<PartCounts> {
    const fetch = (assets: readonly AssetId[]): Promise<readonly PartCounts[]> =>
      this.readModel.counts(this.moment, assets, range);
    return memo(
      this.countsByRange,
      range ? `${range.from}/${range.to}` : '',
      () => new Batcher<AssetId, PartCounts>(fetch),
    ).load(asset);
  }

  /** Alarms at or below the asset, latest change first. */
  alarms(asset: AssetId, query: AlarmQuery): Promise<readonly AlarmView[]> {
    const key = JSON.stringify([query.states ?? null, query.limit]);
    return memo(this.alarmsByQuery, key, () => new Batcher((assets) => this.alarmsOf(assets, query))).load(asset);
  }

  private async alarmsOf(assets: readonly AssetId[], query: AlarmQuery): Promise<readonly (readonly AlarmView[])[]> {
    const of = (under: AssetId | undefined, limit: number): Promise<readonly AlarmView[]> =>
      this.readModel.alarms(this.moment, {
        ...(under !== undefined && { under }),
        ...(query.states && { states: query.states }),
        limit,
      });
    if (assets.length === 1) return [await of(assets[0], query.limit)];
    const all = await of(commonAncestor(assets), SHARED_ALARMS);
    if (all.length >= SHARED_ALARMS) return Promise.all(assets.map((asset) => of(asset, query.limit)));
    return assets.map((asset) => all.filter((alarm) => isAtOrBelow(alarm.asset, asset)).slice(0, query.limit));
  }
}

const memo = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
};

export const isAtOrBelow = (asset: AssetId, ancestor: AssetId): boolean =>
  asset === ancestor || asset.startsWith(`${ancestor}/`);

/** The lowest path at or above all assets, undefined when they share none. */
export const commonAncestor = (assets: readonly AssetId[]): AssetId | undefined => {
  const [first = '', ...rest] = assets;
  const steps = first.split('/');
  for (; steps.length > 0; steps.pop()) {
    const path = steps.join('/');
    if (rest.every((asset) => isAtOrBelow(asset, path))) return path;
  }
  return undefined;
};
