import type { LiveTail, LogRecord, Position, SubscriptionItem } from '@millwright/event-store';

/** Resolves when the tail has reached the position, has ended, or the signal aborts. */
const reached = async (tail: LiveTail<LogRecord>, position: Position, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted && !tail.ended && (tail.head === undefined || tail.head < position)) {
    await new Promise<void>((resolve) => {
      const forget = tail.onChange(done);
      signal.addEventListener('abort', done);
      function done(): void {
        forget();
        signal.removeEventListener('abort', done);
        resolve();
      }
    });
  }
};

/**
 * The same subscription, begun when the tail has reached the position: what this process has been told to be in the log must not be missing
 * from what a subscription calls caught up.
 */
export const onceReached = (
  tail: LiveTail<LogRecord>,
  position: Position | undefined,
  signal: AbortSignal | undefined,
  items: AsyncIterable<SubscriptionItem<LogRecord>>,
): AsyncIterable<SubscriptionItem<LogRecord>> => {
  if (position === undefined) return items;
  return {
    [Symbol.asyncIterator]: () => {
      const iterator = items[Symbol.asyncIterator]();
      const given = new AbortController();
      const ready = reached(tail, position, signal ? AbortSignal.any([signal, given.signal]) : given.signal);
      return {
        next: async () => {
          await ready;
          return iterator.next();
        },
        return: async () => {
          given.abort();
          await iterator.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
};
