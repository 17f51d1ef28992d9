import type { WorkerHandlers } from '@millwright/sqlite';
import { openForWriting } from './database/schema.js';
import { MomentsQuery } from './moments/moments.query.js';
import { Projector, type ProjectorEvent } from './projector.js';
import type { Extent, Opened, Projected, WriterData } from './worker-protocol.js';

/** What the writer's worker does; the only one that writes the file. */
export const openWriter = ({ path, maxTail }: WriterData): WorkerHandlers => {
  const { db, unfit } = openForWriting(path);
  if (!db) return { opened: (): Opened => ({ unfit }) };
  const projector = new Projector(db, { maxTail });
  const moments = new MomentsQuery(db);

  const extent = (): Extent | undefined => {
    const end = projector.logEnd;
    if (!end) return undefined;
    const start = moments.start()!;
    const head = { position: end.position, time: end.time };
    return { start: { position: start.position, time: start.time }, head, eventId: end.eventId };
  };

  return {
    opened: (): Opened => ({ extent: extent() }),
    extent,
    project: (events: readonly ProjectorEvent[]): Projected => {
      const passedOver = projector.project(events);
      return { extent: extent(), passedOver };
    },
    close: (): void => void db.close(),
  };
};
