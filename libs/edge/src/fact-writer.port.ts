import type { AssetId, Fact } from '@millwright/events';
import type { Position } from '@millwright/event-store';

/** Fact with the time at which it happened, before the writer has made that monotonic. */
export interface Recorded {
  readonly id: string;
  /** The event's time as written: the writer's clock at receipt, never below the stream's last one. Epoch milliseconds. */
  readonly time: number;
  readonly position: Position;
}

/** The one way for a fact into an asset's stream. */
export interface FactWriter {
  /**
   * `fact` is given the event's time when it is a function, so that relative columns can be built on it. Resolves when durable.
   * Order of calls for one asset is order in its stream.
   */
  write(asset: AssetId, fact: Fact | ((time: number) => Fact), causationId?: string): Promise<Recorded>;
}
