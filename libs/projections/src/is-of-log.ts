import type { EventStore } from '@millwright/event-store';
import type { Extent } from './worker-protocol.js';

/**
 * Whether the log is the one that a model was built from: it reaches the checkpoint, and has the same event there. A log whose retention has cut
 * that event away is taken for the same: building anew would lose what only the model still has.
 */
export const isOfLog = async (
  log: Pick<EventStore, 'head' | 'readAll'>,
  { head: { position }, eventId }: Extent,
): Promise<boolean> => {
  const end = await log.head();
  if (end === undefined || end < position) return false;
  for await (const event of log.readAll({ from: position, maxCount: 1 })) {
    if (event.position === position) return event.id === eventId;
  }
  return true;
};
