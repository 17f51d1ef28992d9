import type { EventFilter, Position, RecordedEvent } from '@millwright/event-store';
import {
  assetOfStream,
  DERIVED_PREFIX,
  FACTS_PREFIX,
  splitSignalId,
  type AssetId,
  type SampleColumns,
  type SignalId,
} from '@millwright/events';
import { ApiError } from '../error/api-error.js';
import { isUnder, storeFilter, type EventChoice } from '../event/event-filter.js';
import { AlarmChangeType, EventBatchType, SampleBatchType, StateChangeType } from './stream.types.js';

/** One thing for subscribers; `position` is its token. */
export type StreamItem = object & { readonly position: bigint };

/** What a subscription is made of: which events it wants, and what it makes of them. The same for backlog and live. */
export interface StreamPlan {
  readonly filter: EventFilter;
  /** Items of a batch of events, in order. Events need not have passed the filter. */
  items(events: readonly RecordedEvent[]): readonly StreamItem[];
}

/** A plan, and where a subscriber wants to resume; undefined: from now on. */
export interface StreamRequest {
  readonly plan: StreamPlan;
  readonly after: Position | undefined;
}

export const eventPlan = (choice: EventChoice): StreamPlan => {
  const belongs = isUnder(choice.under);
  const types = choice.types && new Set(choice.types);
  return {
    filter: storeFilter(choice),
    items: (events) => {
      const wanted = events.filter(({ stream, type }) => (!types || types.has(type)) && belongs(stream));
      return wanted.length === 0 ? [] : [new EventBatchType(wanted)];
    },
  };
};

export const samplePlan = (under: AssetId | undefined, signals: readonly SignalId[] | undefined): StreamPlan => {
  const chosen = signals && namesByAsset(signals);
  return onePerEvent(under, FACTS_PREFIX, 'SamplesRecorded', (event, asset) => {
    const { signals: names, signal } = event.data as SampleColumns;
    if (signal.length === 0) return undefined;
    if (!chosen) return new SampleBatchType(event, asset, undefined);
    const wanted = chosen.get(asset);
    if (!wanted) return undefined;
    const indexes = signal.flatMap((index, i) => (wanted.has(names[index]!) ? [i] : []));
    return indexes.length === 0 ? undefined : new SampleBatchType(event, asset, indexes);
  });
};

export const statePlan = (under: AssetId | undefined): StreamPlan =>
  onePerEvent(under, DERIVED_PREFIX, 'OperatingStateChanged', (event, asset) => new StateChangeType(event, asset));

export const alarmPlan = (under: AssetId | undefined): StreamPlan =>
  onePerEvent(under, DERIVED_PREFIX, 'AlarmStateChanged', (event, asset) => new AlarmChangeType(event, asset));

const onePerEvent = (
  under: AssetId | undefined,
  prefix: string,
  type: string,
  make: (event: RecordedEvent, asset: AssetId) => StreamItem | undefined,
): StreamPlan => {
  const belongs = isUnder(under);
  return {
    filter: { streamPrefixes: [prefix + (under ?? '')], types: [type] },
    items: (events) => {
      const items: StreamItem[] = [];
      for (const event of events) {
        if (event.type !== type || !event.stream.startsWith(prefix) || !belongs(event.stream)) continue;
        const item = make(event, assetOfStream(event.stream)!);
        if (item) items.push(item);
      }
      return items;
    },
  };
};

const namesByAsset = (signals: readonly SignalId[]): ReadonlyMap<AssetId, ReadonlySet<string>> => {
  const byAsset = new Map<AssetId, Set<string>>();
  for (const id of signals) {
    const parts = splitSignalId(id);
    if (!parts)
      throw new ApiError('INVALID', `signals: expected "<asset id>:<signal name>", got ${JSON.stringify(id)}`);
    byAsset.set(parts.asset, (byAsset.get(parts.asset) ?? new Set()).add(parts.name));
  }
  return byAsset;
};
