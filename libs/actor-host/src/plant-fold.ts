import { step, type ActorRecord, type Emitted } from '@millwright/actor-engine';
import type { Position, RecordedEvent } from '@millwright/event-store';
import {
  assetOfStream,
  isConclusionType,
  isFactType,
  outboxId,
  FACTS_PREFIX,
  type AssetId,
  type PlantEvent,
} from '@millwright/events';

/** After this many failed events in a row an asset is quarantined: its events are kept in the log but no longer folded. */
export const QUARANTINE_AFTER = 3;

/** A conclusion that an actor has drawn and that is not yet in the log. */
export interface Drawn {
  readonly id: string;
  readonly asset: AssetId;
  readonly cause: PlantEvent;
  readonly emitted: Emitted;
  readonly record: ActorRecord;
}

/** An event that an actor could not fold; the old state stays. */
export interface DeadLetter {
  readonly asset: AssetId;
  readonly event: PlantEvent;
  readonly error: string;
  readonly quarantined: boolean;
}

export interface FoldResult {
  readonly drawn: readonly Drawn[];
  readonly deadLetters: readonly DeadLetter[];
}

/** One actor's place in the fold: plain data, shared by snapshots and forks. */
export interface Twin {
  readonly record: ActorRecord;
  /** Failures in a row. */
  readonly failures: number;
}

/** The event as actors see it, or undefined for a stream or type that no actor folds. */
export const toPlantEvent = (
  event: Pick<RecordedEvent, 'id' | 'stream' | 'type' | 'data' | 'metadata'>,
): PlantEvent | undefined => {
  const asset = assetOfStream(event.stream);
  if (asset === undefined) return undefined;
  const known = event.stream.startsWith(FACTS_PREFIX) ? isFactType(event.type) : isConclusionType(event.type);
  if (!known) return undefined;
  return { id: event.id, asset, time: event.metadata.time, type: event.type, data: event.data } as PlantEvent;
};

/**
 * The state of every actor as a fold of the log: live, after a restart, as of a moment and in a fork it is this one. An asset's facts go
 * to its own actor; its conclusions go to its parent's, in log order. `apply` is the only change, and it is deterministic.
 */
export class PlantFold {
  private readonly twins: Map<AssetId, Twin>;

  constructor(twins: Iterable<readonly [AssetId, Twin]> = []) {
    this.twins = new Map(twins);
  }

  apply(event: PlantEvent, origin: 'facts' | 'conclusions'): FoldResult {
    const target = origin === 'facts' ? event.asset : this.twins.get(event.asset)?.record.model.parent;
    return target === undefined ? NOTHING : this.applyTo(target, event);
  }

  twin(asset: AssetId): Twin | undefined {
    return this.twins.get(asset);
  }

  record(asset: AssetId): ActorRecord | undefined {
    return this.twins.get(asset)?.record;
  }

  entries(): IterableIterator<[AssetId, Twin]> {
    return this.twins.entries();
  }

  private applyTo(target: AssetId, event: PlantEvent): FoldResult {
    const twin = this.twins.get(target);
    if (twin && twin.failures >= QUARANTINE_AFTER) return NOTHING;
    try {
      const { record, emitted } = step(twin?.record, event);
      if (record === undefined || (record === twin?.record && twin.failures === 0)) return NOTHING;
      this.twins.set(target, { record, failures: 0 });
      if (emitted.length === 0) return NOTHING;
      return {
        drawn: emitted.map((e, n) => ({
          id: outboxId(target, event.id, n),
          asset: target,
          cause: event,
          emitted: e,
          record,
        })),
        deadLetters: [],
      };
    } catch (error) {
      const failures = (twin?.failures ?? 0) + 1;
      if (twin) this.twins.set(target, { ...twin, failures });
      const deadLetter = {
        asset: target,
        event,
        error: error instanceof Error ? error.message : String(error),
        quarantined: failures >= QUARANTINE_AFTER,
      };
      return { drawn: [], deadLetters: [deadLetter] };
    }
  }
}

const NOTHING: FoldResult = { drawn: [], deadLetters: [] };

/** Position with the fold that is true at it. */
export interface FoldAt {
  readonly position: Position | undefined;
  readonly fold: PlantFold;
}
