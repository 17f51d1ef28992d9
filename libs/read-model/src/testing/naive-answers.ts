import { decodeSamples, qualityKind, signalId, splitSignalId } from '@millwright/events';
import type { AssetId, Conclusion, Fact, Sample, SignalId } from '@millwright/events';
import type { Position } from '@millwright/event-store';
import { assetOfStream } from '@millwright/events';
import type { ProjectedEvent } from '../projector.port.js';
import type {
  AlarmRequest,
  AlarmView,
  AssetView,
  HistoryRequest,
  LedgerView,
  PartCounts,
  SampleView,
  SignalHistory,
  StateSpan,
  StateView,
  TimeRange,
} from '../read-model.port.js';

export type PlantEntry = (Fact | Conclusion) & {
  readonly asset: AssetId;
  readonly time: number;
  readonly position: Position;
};

export const entryOf = ({ stream, type, data, metadata, position }: ProjectedEvent): PlantEntry =>
  ({ type, data, asset: assetOfStream(stream)!, time: metadata.time, position }) as PlantEntry;

type Of<Type extends PlantEntry['type']> = Extract<PlantEntry, { type: Type }>;
type Stored = Sample & { readonly asset: AssetId; readonly eventTime: number; readonly position: Position };

/** Every answer by the plainest means, from the events up to the moment: what fast models must equal. */
export class NaiveAnswers {
  private readonly entries: readonly PlantEntry[];

  constructor(entries: readonly PlantEntry[]) {
    this.entries = entries;
  }

  assets(): AssetView[] {
    const views = new Map<AssetId, AssetView | undefined>();
    for (const { asset } of this.entries) views.set(asset, undefined);
    for (const e of this.entries) {
      if (e.type === 'ModelApplied') views.set(e.asset, { model: e.data.model, since: e.time, position: e.position });
      if (e.type === 'AssetRetired') views.set(e.asset, undefined);
    }
    const present = [...views.values()].filter((view) => view !== undefined);
    const isRoot = (view: AssetView): boolean => !present.some((p) => p.model.asset === view.model.parent);
    const withChildren = (view: AssetView): AssetView[] => {
      const children = present.filter((p) => p.model.parent === view.model.asset);
      const listed = view.model.children.flatMap((id) => children.filter((c) => c.model.asset === id));
      return [view, ...[...listed, ...children.filter((c) => !listed.includes(c))].flatMap(withChildren)];
    };
    return present.filter(isRoot).flatMap(withChildren);
  }

  states(assets: readonly AssetId[]): (StateView | undefined)[] {
    return assets.map((asset) => {
      const last = this.spans(asset).at(-1);
      return last && { asset, state: last.state, reason: last.reason, since: last.start, position: last.position };
    });
  }

  latest(signals: readonly SignalId[]): (SampleView | undefined)[] {
    return signals.map((signal) => {
      const last = this.bySourceTime(signal).at(-1);
      if (!last) return undefined;
      const { value, status, sourceTime, serverTime, eventTime, position } = last;
      const server = serverTime === undefined ? {} : { serverTime };
      return { signal, value, status, time: sourceTime, ...server, eventTime, position };
    });
  }

  history({ signal, range, bucketMs, limit }: HistoryRequest): SignalHistory {
    const groups = new Map<unknown, { time: number; samples: Stored[] }>();
    for (const sample of this.bySourceTime(signal)) {
      if (sample.sourceTime < range.from || sample.sourceTime >= range.to) continue;
      const time = bucketMs === undefined ? sample.sourceTime : Math.floor(sample.sourceTime / bucketMs) * bucketMs;
      const key = bucketMs === undefined ? sample : time;
      groups.set(key, { time, samples: [...(groups.get(key)?.samples ?? []), sample] });
    }
    const points = [...groups.values()].slice(0, limit).map(({ time, samples }) => ({
      time,
      count: samples.length,
      last: samples.at(-1)!,
      numbers: samples.flatMap(({ value, status }) =>
        typeof value === 'number' && qualityKind(status) !== 'bad' ? [value] : [],
      ),
    }));
    const orNull = (value: (numbers: number[]) => number) =>
      points.map(({ numbers }) => (numbers.length === 0 ? null : value(numbers)));
    return {
      ...(bucketMs !== undefined && { bucketMs }),
      time: points.map(({ time }) => time),
      avg: orNull((numbers) => numbers.reduce((a, b) => a + b) / numbers.length),
      min: orNull((numbers) => Math.min(...numbers)),
      max: orNull((numbers) => Math.max(...numbers)),
      last: points.map(({ last }) => last.value),
      count: points.map(({ count }) => count),
      status: points.map(({ last }) => last.status),
      truncated: groups.size > limit,
    };
  }

  timeline(asset: AssetId, range: TimeRange, limit: number): StateSpan[] {
    const within = ({ start, end = Infinity }: StateSpan): boolean =>
      start < range.to && (end > range.from || start >= range.from);
    return this.spans(asset).filter(within).slice(0, limit);
  }

  counts(assets: readonly AssetId[], range: TimeRange = { from: -Infinity, to: Infinity }): PartCounts[] {
    return assets.map((asset) => {
      const cycles = inOrderOfTime(this.of('CycleCompleted', asset)).filter(
        ({ at }) => at >= range.from && at < range.to,
      );
      const parts = (result: string): number =>
        cycles.reduce((sum, { entry }) => sum + (entry.data.result === result ? entry.data.parts : 0), 0);
      const timed = cycles.filter(({ entry }) => entry.data.cycleTimeMs !== undefined);
      const timedParts = timed.reduce((sum, { entry }) => sum + entry.data.parts, 0);
      const ms = timed.reduce((sum, { entry }) => sum + entry.data.cycleTimeMs! * entry.data.parts, 0);
      return {
        asset,
        good: parts('good'),
        scrap: parts('scrap'),
        meanCycleTimeMs: timedParts === 0 ? null : ms / timedParts,
      };
    });
  }

  alarms({ under, states, limit }: AlarmRequest): AlarmView[] {
    const views = new Map<string, AlarmView>();
    for (const e of this.entries) {
      if (e.type !== 'AlarmStateChanged') continue;
      const { alarm, signal, level, priority, limit: crossed, from, to, value, by, note } = e.data;
      const key = `${e.asset}#${alarm}`;
      const before = views.get(key);
      const now = { asset: e.asset, alarm, signal, level, priority, limit: crossed, state: to, position: e.position };
      let view: AlarmView | undefined;
      if (to === 'unacknowledged' && value !== undefined) {
        view = { ...now, raisedAt: e.time, value, occurrences: (before?.occurrences ?? 0) + 1 };
      } else if (before) {
        view = { ...before, ...now };
        if (by !== undefined) view = { ...view, acknowledgedAt: e.time, acknowledgedBy: by };
        if (note !== undefined) view = { ...view, note };
        const wasActive = from === 'unacknowledged' || from === 'acknowledged';
        if (wasActive && (to === 'normal' || to === 'returned-unacknowledged')) view = { ...view, clearedAt: e.time };
      }
      // Deleting first puts the latest change at the end.
      views.delete(key);
      if (view) views.set(key, view);
    }
    return [...views.values()]
      .reverse()
      .filter((view) => isUnder(view.asset, under) && (!states || states.includes(view.state)))
      .slice(0, limit);
  }

  ledger(under?: AssetId): LedgerView[] {
    const views = new Map<SignalId, LedgerView>();
    const add = (asset: AssetId, name: string, connection: string, change: (view: LedgerView) => LedgerView): void => {
      const signal = signalId(asset, name);
      const before = views.get(signal) ?? { signal, connection, received: 0, stored: 0, filtered: [], rejected: [] };
      views.set(signal, change({ ...before, connection }));
    };
    const inOrder = [...this.entries].filter((e) => e.type === 'SamplesRecorded' && isUnder(e.asset, under));
    // By asset; JavaScript's sort keeps the order of the log within one.
    inOrder.sort((a, b) => (a.asset === b.asset ? 0 : a.asset < b.asset ? -1 : 1));
    for (const e of inOrder as Of<'SamplesRecorded'>[]) {
      const { connection, filtered = [], rejected = [], signals, signal } = e.data;
      signals.forEach((name, i) => {
        const count = signal.filter((at) => at === i).length;
        if (count === 0) return;
        add(e.asset, name, connection, (v) => ({ ...v, received: v.received + count, stored: v.stored + count }));
      });
      for (const { signal: name, reason: rule, count } of filtered) {
        add(e.asset, name, connection, (v) => {
          const known = v.filtered.find((f) => f.rule === rule);
          const sum = { rule, count: (known?.count ?? 0) + count };
          return { ...v, received: v.received + count, filtered: replaced(v.filtered, known, sum) };
        });
      }
      for (const { signal: name, reason, count, example } of rejected) {
        add(e.asset, name, connection, (v) => {
          const known = v.rejected.find((r) => r.reason === reason);
          const shown = example ?? known?.example;
          const sum = { reason, count: (known?.count ?? 0) + count, ...(shown !== undefined && { example: shown }) };
          return { ...v, received: v.received + count, rejected: replaced(v.rejected, known, sum) };
        });
      }
    }
    return [...views.values()];
  }

  private of<Type extends PlantEntry['type']>(type: Type, asset: AssetId): Of<Type>[] {
    return this.entries.filter((e): e is Of<Type> => e.type === type && e.asset === asset);
  }

  private spans(asset: AssetId): StateSpan[] {
    const changes = inOrderOfTime(this.of('OperatingStateChanged', asset));
    return changes.map(({ entry, at }, i) => {
      const end = changes[i + 1]?.at;
      const { to: state, reason } = entry.data;
      return { asset, state, reason, start: at, ...(end !== undefined && { end }), position: entry.position };
    });
  }

  /** Of equal source times, the order of the log. */
  private bySourceTime(signal: SignalId): Stored[] {
    const { asset, name } = splitSignalId(signal)!;
    const samples = this.of('SamplesRecorded', asset).flatMap(({ data, time, position }) =>
      decodeSamples(data, time).map((sample) => ({ ...sample, asset, eventTime: time, position })),
    );
    return samples.filter((sample) => sample.signal === name).sort((a, b) => a.sourceTime - b.sourceTime);
  }
}

/** The time of each, never before that of the one before: stamps of an asset do not go back. */
const inOrderOfTime = <Entry extends { readonly time: number }>(entries: readonly Entry[]) => {
  let at = -Infinity;
  return entries.map((entry) => ({ entry, at: (at = Math.max(at, entry.time)) }));
};

const replaced = <T>(list: readonly T[], old: T | undefined, by: T): T[] =>
  old === undefined ? [...list, by] : list.map((item) => (item === old ? by : item));

const isUnder = (asset: AssetId, under: AssetId | undefined): boolean =>
  under === undefined || asset === under || asset.startsWith(`${under}/`);
