import { isLostBy, RESTORES_STREAM, toRestore, type Position, type RecordedEvent } from '@millwright/event-store';
import { PLANT_PREFIXES } from '@millwright/events';

/** Who follows the plant is told of restores of the log, too. */
export const FOLLOWED_PREFIXES: readonly string[] = [...PLANT_PREFIXES, RESTORES_STREAM];

/** The log was restored from a backup under a process that has seen more of it than the backup has. */
export class LostLogError extends Error {
  override readonly name = 'LostLogError';
}

/**
 * The plant's events of a batch that follows `position` (undefined: the log's beginning). Throws LostLogError where they cannot be joined
 * to what was there.
 */
export const plantEventsOf = (events: readonly RecordedEvent[], position: Position | undefined): RecordedEvent[] => {
  let seen = position;
  const ofPlant: RecordedEvent[] = [];
  for (const event of events) {
    const restore = toRestore(event);
    if (!restore) ofPlant.push(event);
    else if (seen !== undefined && isLostBy(restore, seen)) {
      throw new LostLogError(
        `the log was restored from a backup that ends at position ${restore.after ?? 'none'}, and events up to ${seen} had been seen; restart the server`,
      );
    }
    seen = event.position;
  }
  return ofPlant;
};
