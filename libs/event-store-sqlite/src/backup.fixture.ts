import { randomUUID } from 'node:crypto';
import type { AppendResult, EventStore } from '@millwright/event-store';

/** Appends so many events of some 300 bytes. */
export const append = (store: EventStore, stream: string, count = 1): Promise<AppendResult> =>
  store.append(
    stream,
    'any',
    Array.from({ length: count }, (_, n) => ({
      id: randomUUID(),
      type: 'Happened',
      data: { n, text: 'x'.repeat(200) },
      metadata: { time: 1 },
    })),
  );
