import type { EventMetadata, Position, RecordedEvent } from '@millwright/event-store';
import type { AssetId, AssetModel } from '@millwright/events';
import type { Moment, ReadModel } from './read-model.port.js';

/** What a projection needs of an event; a fork's conclusions have it too, though no log has recorded them. */
export interface ProjectedEvent {
  readonly stream: string;
  readonly type: string;
  readonly data: object;
  readonly metadata: EventMetadata;
  readonly position: Position;
  readonly recordedAt: number;
}

/** The live read model, and its writing side. Rows and checkpoint of one call are one transaction: each event counts once. */
export interface LiveReadModel extends ReadModel {
  /** Last position projected; undefined at the beginning. */
  checkpoint(): Promise<Position | undefined>;
  /** Projects a batch in log order; events at or before the checkpoint are passed over. */
  project(events: readonly RecordedEvent[]): Promise<void>;
  /**
   * A read model of a what-if branch: before `from` it answers as this one, from there on with the facts of this one up to `until` and the
   * models and conclusions given. It copies nothing that it can share, and writes nothing here. Throws a MomentError for an end that this
   * one has not reached.
   */
  fork(options: ForkOptions): Promise<ForkReadModel>;
  close(): Promise<void>;
}

export interface ForkOptions {
  readonly from: Moment;
  readonly until: Moment;
  /** The assets that the fork re-derives; the others keep the live conclusions up to `until`. */
  readonly assets: readonly AssetId[];
  /** Models that differ in the fork, in force from `from` on. */
  readonly models: readonly AssetModel[];
}

export interface ForkReadModel extends ReadModel {
  /**
   * Conclusions of the fork, in order; `position` is that of the fact that caused each. An asset that gets one is from then on derived by the
   * fork, named in the options or not. A ModelApplied is a model that changed within the span: it takes the place of the plant's.
   */
  project(conclusions: readonly ProjectedEvent[]): Promise<void>;
  close(): Promise<void>;
}
