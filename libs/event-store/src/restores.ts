import { EventStoreError } from './event-store-error.js';
import type { EventStore, Position, RecordedEvent } from './event-store.port.js';

/** Stream in which each restore of the log from a backup leaves an event of this type; its data has `after`, a position as text. */
export const RESTORES_STREAM = '$restores';
export const RESTORED_TYPE = '$restored';

/** The log was made of a backup: events that it once had are not in it any more. */
export interface Restore {
  /** The backup's last position, undefined when it was empty. Whoever has seen a later one has seen what is lost. */
  readonly after: Position | undefined;
  /** Of the event that tells it; beyond every position that was given before the restore, so that none is given twice. */
  readonly position: Position;
}

/** What an event tells of a restore; undefined for any other event. */
export const toRestore = ({ stream, type, data, position }: RecordedEvent): Restore | undefined => {
  if (stream !== RESTORES_STREAM || type !== RESTORED_TYPE) return undefined;
  const { after } = data as { readonly after?: unknown };
  return { after: typeof after === 'string' ? BigInt(after) : undefined, position };
};

/** Whether an event at the position was lost by the restore. */
export const isLostBy = ({ after, position: restored }: Restore, position: Position): boolean =>
  (after === undefined || position > after) && position < restored;

/** The restores that the log has been through, the first one first; none where the store does not tell us. */
export const restoresOf = async (store: Pick<EventStore, 'readStream'>): Promise<Restore[]> => {
  const restores: Restore[] = [];
  try {
    for await (const event of store.readStream(RESTORES_STREAM)) {
      const restore = toRestore(event);
      if (restore) restores.push(restore);
    }
  } catch (error) {
    // EventStoreDB shows its own streams to administrators only, and writes no such one.
    if (!(error instanceof EventStoreError && error.code === 'access-denied')) throw error;
  }
  return restores;
};

/** The restore that lost the event at a position; undefined when no restore did. */
export const restoreThatLost = async (
  store: Pick<EventStore, 'readStream'>,
  position: Position,
): Promise<Restore | undefined> => (await restoresOf(store)).find((restore) => isLostBy(restore, position));
