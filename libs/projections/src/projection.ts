import { assetOfStream, FACTS_PREFIX, isConclusionType, isFactType } from '@millwright/events';
import type { AssetId, Conclusion, Fact } from '@millwright/events';
import type { ProjectedEvent } from '@millwright/read-model';

/**
 * An event on its way into the tables. `n` is its place among all projected events, 1, 2, 3 …: a row that has it is true from there on, and a
 * question about an older moment passes the row over. `order` ranks rows of a fork that share one `n`; it is 0 in the live model.
 */
export type SequencedEvent = (Fact | Conclusion) & {
  readonly n: number;
  readonly order: number;
  readonly asset: AssetId;
  /** The event's time, epoch milliseconds. */
  readonly time: number;
};

/** A fold of events into tables of its own. Called inside the transaction that also moves the checkpoint. */
export interface Projection {
  apply(event: SequencedEvent): void;
  /** Writes what `apply` has gathered; called once, before the transaction commits. */
  flush?(): void;
  /** Back to what the tables say, after a transaction was rolled back. */
  reset?(): void;
}

/** Which tables conclusions go to: the live ones, or a fork's own. */
export type TablePrefix = '' | 'fork_';

/** The event as projections see it, or undefined when it is none of theirs. */
export const sequenced = (
  event: Pick<ProjectedEvent, 'stream' | 'type' | 'data'> & { readonly time: number },
  n: number,
  order: number,
): SequencedEvent | undefined => {
  const asset = assetOfStream(event.stream);
  if (asset === undefined) return undefined;
  const known = event.stream.startsWith(FACTS_PREFIX) ? isFactType(event.type) : isConclusionType(event.type);
  if (!known) return undefined;
  return { type: event.type, data: event.data, n, order, asset, time: event.time } as SequencedEvent;
};
