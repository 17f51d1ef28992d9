import type { AssetId, SignalId } from '@millwright/events';
import type {
  AlarmRequest,
  AlarmView,
  AsOf,
  AssetView,
  HistoryRequest,
  LedgerView,
  PartCounts,
  SampleView,
  SignalHistory,
  StateSpan,
  StateView,
  TimeRange,
} from '@millwright/read-model';
import type { Database } from '@millwright/sqlite';
import { AlarmsQuery } from './alarms/alarms.query.js';
import { AssetsQuery } from './assets/assets.query.js';
import { PlantIds } from './database/plant-ids.js';
import { LedgerQuery } from './ledger/ledger.query.js';
import { MomentsQuery, type PlacedMoment } from './moments/moments.query.js';
import { OperatingStatesQuery } from './operating-states/operating-states.query.js';
import { PartCountsQuery } from './part-counts/part-counts.query.js';
import { HistoryQuery } from './samples/history.query.js';
import { LatestQuery } from './samples/latest.query.js';

/**
 * Every question about the plant, on one connection. `at` is the place of a moment's event. On a fork's connection the same statements meet the fork's
 * views instead of the live tables.
 */
export class PlantReader {
  private readonly moments: MomentsQuery;
  private readonly assetsQuery: AssetsQuery;
  private readonly statesQuery: OperatingStatesQuery;
  private readonly latestQuery: LatestQuery;
  private readonly historyQuery: HistoryQuery;
  private readonly countsQuery: PartCountsQuery;
  private readonly alarmsQuery: AlarmsQuery;
  private readonly ledgerQuery: LedgerQuery;

  constructor(db: Database) {
    const ids = new PlantIds(db);
    this.moments = new MomentsQuery(db);
    this.assetsQuery = new AssetsQuery(db);
    this.statesQuery = new OperatingStatesQuery(db, ids);
    this.latestQuery = new LatestQuery(db, ids);
    this.historyQuery = new HistoryQuery(db, ids);
    this.countsQuery = new PartCountsQuery(db, ids);
    this.alarmsQuery = new AlarmsQuery(db);
    this.ledgerQuery = new LedgerQuery(db);
  }

  moment(asOf: AsOf): PlacedMoment | undefined {
    return this.moments.find(asOf);
  }

  assetsVersion(at: number): string {
    return this.assetsQuery.version(at);
  }

  assets(at: number): AssetView[] {
    return this.assetsQuery.assets(at);
  }

  states(at: number, assets: readonly AssetId[]): (StateView | undefined)[] {
    return this.statesQuery.states(at, assets);
  }

  latest(at: number, signals: readonly SignalId[]): (SampleView | undefined)[] {
    return this.latestQuery.latest(at, signals);
  }

  history(at: number, request: HistoryRequest): SignalHistory {
    return this.historyQuery.history(at, request);
  }

  timeline(at: number, asset: AssetId, range: TimeRange, limit: number): StateSpan[] {
    return this.statesQuery.timeline(at, asset, range, limit);
  }

  counts(at: number, assets: readonly AssetId[], range?: TimeRange): PartCounts[] {
    return this.countsQuery.counts(at, assets, range);
  }

  alarms(at: number, request: AlarmRequest): AlarmView[] {
    return this.alarmsQuery.alarms(at, request);
  }

  ledger(at: number, under?: AssetId): LedgerView[] {
    return this.ledgerQuery.ledger(at, under);
  }
}

/** The questions that need a moment. */
export type Question = Exclude<keyof PlantReader, 'moment'>;
