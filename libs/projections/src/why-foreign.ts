import { restoreThatLost, type EventStore } from '@millwright/event-store';
import type { Extent } from './worker-protocol.js';

/**
 * Why the log is not the one that a model was built from; undefined when it is: it reaches the checkpoint, and has the same event there. A
 * log whose retention has cut that event away is taken for the same: building anew would lose what only the model still has.
 */
export const whyForeign = async (
  log: Pick<EventStore, 'head' | 'readAll' | 'readStream'>,
  { head: { position }, eventId }: Extent,
): Promise<string | undefined> => {
  const reason = `this one has no event ${eventId} at position ${position}`;
  const end = await log.head();
  if (end === undefined || end < position) return reason;
  for await (const event of log.readAll({ from: position, maxCount: 1 })) {
    if (event.position === position) return event.id === eventId ? undefined : reason;
  }
  const restore = await restoreThatLost(log, position);
  return restore && `${reason}, it was restored from a backup that ends at position ${restore.after ?? 'none'}`;
};
