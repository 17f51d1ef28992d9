import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { AppendResult, EventStore, EventStoreError, RecordedEvent } from '@millwright/event-store';

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

export const rejection = (promise: Promise<unknown>): Promise<EventStoreError> =>
  promise.then(
    () => expect.fail('it did not reject'),
    (error: unknown) => error as EventStoreError,
  );

export const collect = async (events: AsyncIterable<RecordedEvent>): Promise<RecordedEvent[]> => {
  const all: RecordedEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
};
