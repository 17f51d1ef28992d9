import type { Position, RecordedEvent } from '@millwright/event-store';
import {
  assetOfStream,
  signalId,
  decodeSamples,
  type AlarmStateChanged,
  type AssetModel,
  type CycleCompleted,
  type OperatingStateChanged,
  type SamplesRecorded,
} from '@millwright/events';
import {
  MomentError,
  type AlarmRequest,
  type AlarmView,
  type AsOf,
  type AssetView,
  type ForkReadModel,
  type HistoryRequest,
  type LedgerView,
  type LiveReadModel,
  type Moment,
  type PartCounts,
  type SampleView,
  type SignalHistory,
  type StateSpan,
  type StateView,
  type TimeRange,
} from '@millwright/read-model';

/** A read model that folds every event again for each question: slow, and too plain to be wrong. `calls` counts the questions. */
export class FakeReadModel implements LiveReadModel {
  readonly calls: string[] = [];
  private readonly events: RecordedEvent[];
  private readonly waiting = new Set<() => void>();

  constructor(events: readonly RecordedEvent[] = []) {
    this.events = [...events];
  }

  async project(events: readonly object[]): Promise<void> {
    this.events.push(...(events as RecordedEvent[]));
    for (const wake of this.waiting) wake();
  }
  async checkpoint(): Promise<Position | undefined> {
    return this.events.at(-1)?.position;
  }
  async fork(): Promise<ForkReadModel> {
    throw new Error('forks of the fake are made by the fake Forks');
  }
  async close(): Promise<void> {}

  async head(): Promise<Moment | undefined> {
    const last = this.events.at(-1);
    return last && { position: last.position, time: last.recordedAt };
  }
  async moment(asOf?: AsOf): Promise<Moment> {
    this.calls.push('moment');
    const last = this.events.at(-1);
    if (!last) throw new MomentError('before-start', 'nothing has been recorded yet');
    if (!asOf) return { position: last.position, time: last.recordedAt };
    if ('position' in asOf && asOf.position > last.position) {
      throw new MomentError('after-head', `position ${asOf.position} lies after the head, ${last.position}`);
    }
    const at = this.events.findLast((e) => ('time' in asOf ? e.recordedAt <= asOf.time : e.position <= asOf.position));
    if (!at) throw new MomentError('before-start', 'the moment lies before the first event');
    return { position: at.position, time: at.recordedAt };
  }
  async reached(position: Position, deadlineMs: number): Promise<void> {
    const there = (): boolean => (this.events.at(-1)?.position ?? -1n) >= position;
    if (there()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`position ${position} was not projected in ${deadlineMs} ms`)),
        deadlineMs,
      );
      const look = (): void => {
        if (!there()) return;
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
    });
  }

  async assets(at: Moment): Promise<readonly AssetView[]> {
    this.calls.push('assets');
    const views = new Map<string, AssetView>();
    for (const event of this.of<{ model: AssetModel }>(at, 'ModelApplied')) {
      views.set(event.data.model.asset, {
        model: event.data.model,
        since: event.metadata.time,
        position: event.position,
      });
    }
    return [...views.values()];
  }
  async states(at: Moment, assets: readonly string[]): Promise<readonly (StateView | undefined)[]> {
    this.calls.push('states');
    return assets.map((asset) => {
      const event = this.of<OperatingStateChanged>(at, 'OperatingStateChanged', asset).at(-1);
      if (!event) return undefined;
      const { to, reason } = event.data;
      return { asset, state: to, reason, since: event.metadata.time, position: event.position };
    });
  }
  async latest(at: Moment, signals: readonly string[]): Promise<readonly (SampleView | undefined)[]> {
    this.calls.push('latest');
    return signals.map((signal) => this.samples(at, signal).at(-1));
  }
  async history(at: Moment, { signal, range, bucketMs, limit }: HistoryRequest): Promise<SignalHistory> {
    this.calls.push('history');
    const all = this.samples(at, signal).filter(({ time }) => time >= range.from && time < range.to);
    const found = all.slice(0, limit);
    const numbers = found.map(({ value }) => (typeof value === 'number' ? value : null));
    return {
      ...(bucketMs !== undefined && { bucketMs }),
      time: found.map(({ time }) => time),
      avg: numbers,
      min: numbers,
      max: numbers,
      last: found.map(({ value }) => value),
      count: found.map(() => 1),
      status: found.map(({ status }) => status),
      truncated: all.length > limit,
    };
  }
  async timeline(at: Moment, asset: string, range: TimeRange, limit: number): Promise<readonly StateSpan[]> {
    this.calls.push('timeline');
    const changes = this.of<OperatingStateChanged>(at, 'OperatingStateChanged', asset);
    const spans = changes.map((event, i) => {
      const end = changes[i + 1]?.metadata.time;
      const { to, reason } = event.data;
      const start = event.metadata.time;
      return { asset, state: to, reason, start, ...(end !== undefined && { end }), position: event.position };
    });
    return spans.filter(({ start, end }) => start < range.to && (end ?? Infinity) > range.from).slice(0, limit);
  }
  async counts(at: Moment, assets: readonly string[], range?: TimeRange): Promise<readonly PartCounts[]> {
    this.calls.push('counts');
    return assets.map((asset) => {
      const cycles = this.of<CycleCompleted>(at, 'CycleCompleted', asset).filter(
        ({ metadata: { time } }) => !range || (time >= range.from && time < range.to),
      );
      const sum = (result: string): number =>
        cycles.filter(({ data }) => data.result === result).reduce((n, { data }) => n + data.parts, 0);
      return { asset, good: sum('good'), scrap: sum('scrap'), meanCycleTimeMs: null };
    });
  }
  async alarms(at: Moment, { under, states, limit }: AlarmRequest): Promise<readonly AlarmView[]> {
    this.calls.push('alarms');
    const views = new Map<string, AlarmView>();
    for (const event of this.of<AlarmStateChanged>(at, 'AlarmStateChanged')) {
      const asset = assetOfStream(event.stream)!;
      const { alarm, signal, level, priority, limit: crossed, to, value, by, note } = event.data;
      const key = `${asset}#${alarm}`;
      const old = views.get(key);
      const raised = to === 'unacknowledged';
      views.delete(key);
      views.set(key, {
        ...old,
        asset,
        alarm,
        signal,
        level,
        priority,
        limit: crossed,
        state: to,
        raisedAt: raised ? event.metadata.time : old!.raisedAt,
        value: raised ? value! : old!.value,
        occurrences: (old?.occurrences ?? 0) + (raised ? 1 : 0),
        ...(by !== undefined && { acknowledgedBy: by, acknowledgedAt: event.metadata.time }),
        ...(note !== undefined && { note }),
        position: event.position,
      });
    }
    return [...views.values()]
      .reverse()
      .filter(({ asset }) => under === undefined || asset === under || asset.startsWith(`${under}/`))
      .filter(({ state }) => !states || states.includes(state))
      .slice(0, limit);
  }
  async ledger(at: Moment, under?: string): Promise<readonly LedgerView[]> {
    this.calls.push('ledger');
    return this.of<SamplesRecorded>(at, 'SamplesRecorded')
      .filter(({ stream }) => under === undefined || assetOfStream(stream)!.startsWith(under))
      .flatMap(({ stream, data }) =>
        data.signals.map((name, index) => {
          const stored = data.signal.filter((i) => i === index).length;
          const signal = signalId(assetOfStream(stream)!, name);
          return { signal, connection: data.connection, received: stored, stored, filtered: [], rejected: [] };
        }),
      );
  }

  private samples(at: Moment, signal: string): SampleView[] {
    const [asset, name] = [signal.slice(0, signal.lastIndexOf(':')), signal.slice(signal.lastIndexOf(':') + 1)];
    return this.of<SamplesRecorded>(at, 'SamplesRecorded', asset).flatMap((event) => {
      const eventTime = event.metadata.time;
      return decodeSamples(event.data, eventTime)
        .filter((sample) => sample.signal === name)
        .map(({ value, status, sourceTime }) => ({
          signal,
          value,
          status,
          time: sourceTime,
          eventTime,
          position: event.position,
        }));
    });
  }

  private of<Data>(at: Moment, type: string, asset?: string): (RecordedEvent & { readonly data: Data })[] {
    return this.events.filter(
      (e) => e.type === type && e.position <= at.position && (asset === undefined || assetOfStream(e.stream) === asset),
    ) as (RecordedEvent & { readonly data: Data })[];
  }
}
