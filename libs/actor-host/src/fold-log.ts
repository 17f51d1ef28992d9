import {
  removedOf,
  type EventStore,
  type Position,
  type RecordedEvent,
  type RemovedEvents,
} from '@millwright/event-store';
import {
  assetOfStream,
  DERIVED_PREFIX,
  derivedStream,
  factsStream,
  PLANT_PREFIXES,
  type AssetId,
} from '@millwright/events';
import { toPlantEvent, type Drawn, type FoldAt, type FoldResult, type PlantFold } from './plant-fold.js';
import type { Snapshots } from './snapshots.js';

/** What folding needs of a log: a store, or a reader of one that another process writes. */
export type LogReader = Pick<EventStore, 'readAll'>;

const NOTHING: FoldResult = { drawn: [], deadLetters: [] };

/** Folds one event of the log; events that no actor knows change nothing. */
export const foldRecorded = (fold: PlantFold, event: RecordedEvent): FoldResult => {
  const plantEvent = toPlantEvent(event);
  if (!plantEvent) return NOTHING;
  return fold.apply(plantEvent, event.stream.startsWith(DERIVED_PREFIX) ? 'conclusions' : 'facts');
};

export interface TailOptions {
  /** Exclusive; undefined: from the first event. */
  readonly after: Position | undefined;
  /** Inclusive; undefined: to the end of the log. */
  readonly upTo?: Position;
  readonly streamPrefixes?: readonly string[];
}

/** The plant's events between two positions, in log order. */
export async function* plantEvents(
  store: LogReader,
  { after, upTo, streamPrefixes = PLANT_PREFIXES }: TailOptions,
): AsyncGenerator<RecordedEvent> {
  const filter = { streamPrefixes };
  for await (const event of store.readAll(after === undefined ? { filter } : { after, filter })) {
    if (upTo !== undefined && event.position > upTo) return;
    yield event;
  }
}

/** Place of the plant's last event; other streams (snapshots) may go on after it. Undefined for an empty log. */
export const lastPlantPosition = async (store: LogReader): Promise<Position | undefined> => {
  const filter = { streamPrefixes: PLANT_PREFIXES };
  for await (const { position } of store.readAll({ direction: 'backwards', maxCount: 1, filter })) return position;
  return undefined;
};

/** Every actor's state as a fold from the first event, without any snapshot: what all others must equal. */
export const foldFromZero = async (
  store: LogReader,
  fold: PlantFold,
  upTo?: Position,
): Promise<Position | undefined> => {
  let position: Position | undefined;
  const tail = upTo === undefined ? { after: undefined } : { after: undefined, upTo };
  for await (const event of plantEvents(store, tail)) {
    foldRecorded(fold, event);
    position = event.position;
  }
  return position;
};

export type Restored = FoldAt & {
  /** Conclusions drawn from events up to the position that the log does not have by then. */
  readonly missing: readonly Drawn[];
  /** What retention took from the log that should have been folded, of the stream that lost the most: the state may be wrong. */
  readonly removed: RemovedEvents | undefined;
};

/**
 * Every actor's state as of a position (default: the end of the log): the nearest cut before it and the events from there. What the
 * actors conclude again is compared with what the log has.
 */
export const restore = async (
  store: Pick<EventStore, 'readAll' | 'readStream' | 'head' | 'positionAt'>,
  snapshots: Snapshots,
  upTo?: Position,
): Promise<Restored> => {
  const { fold, position: start } = await snapshots.load(upTo);
  const missing = new Map<string, Drawn>();
  const assets = new Set([...fold.entries()].map(([asset]) => asset));
  let position = start;
  for await (const event of plantEvents(store, { after: start, ...(upTo !== undefined && { upTo }) })) {
    missing.delete(event.id);
    // Without its model, if that is gone, the fold does not know it.
    assets.add(assetOfStream(event.stream)!);
    for (const drawn of foldRecorded(fold, event).drawn) missing.set(drawn.id, drawn);
    position = event.position;
  }
  return { position, fold, missing: [...missing.values()], removed: await removedSince(store, [...assets], start) };
};

/** What the log has lost of the assets' streams after a position (undefined: ever), of the stream that lost the most. */
export const removedSince = async (
  store: Pick<EventStore, 'readStream' | 'head' | 'positionAt'>,
  assets: readonly AssetId[],
  position: Position | undefined,
): Promise<RemovedEvents | undefined> => {
  const streams = assets.flatMap((asset) => [factsStream(asset), derivedStream(asset)]);
  const removed = await removedOf(store, streams);
  return removed
    .filter(({ upTo }) => position === undefined || upTo > position)
    .reduce<RemovedEvents | undefined>((most, one) => (most && most.upTo >= one.upTo ? most : one), undefined);
};
