import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { EventStore, EventStoreError, NewEvent } from '@millwright/event-store';

export const newEvents = (count: number, bytes = 500): NewEvent[] =>
  Array.from({ length: count }, (_, n) => ({
    id: randomUUID(),
    type: 'Happened',
    data: { n, text: 'x'.repeat(bytes) },
    metadata: { time: 1 },
  }));

export const idsIn = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id);

/** Ids in the order of the log. */
export const idsOf = async (store: Pick<EventStore, 'readAll'>): Promise<string[]> => {
  const ids: string[] = [];
  for await (const { id } of store.readAll()) ids.push(id);
  return ids;
};

/** Repeats a call that is refused with the code, as callers do. */
export const untilNot = async <T>(code: EventStoreError['code'], call: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if ((error as EventStoreError).code !== code) throw error;
      // A refusal may come without a turn of the event loop, and the timers of who makes good must run.
      await setImmediate();
    }
  }
};
