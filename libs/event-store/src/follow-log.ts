import { matcher } from './filter.js';
import type { EventFilter, Position, SubscribeOptions, SubscriptionItem } from './event-store.port.js';
import type { LiveRecord, LiveTail } from './live-tail.js';

/** One page of the log, read forwards. */
export interface LogPage<Recorded> {
  readonly events: readonly Recorded[];
  /** Nothing that matches lies between the cursor and here except `events`; undefined, or before the cursor, says no more than they do. */
  readonly scannedTo: Position | undefined;
}

/** Reads at most `limit` matching events after the cursor (undefined: from the first one). */
export type ReadPage<Recorded> = (
  cursor: Position | undefined,
  filter: EventFilter | undefined,
  limit: number,
) => Promise<LogPage<Recorded>>;

const DEFAULT_MAX_BATCH = 512;

/**
 * A subscription over a log that is read in pages, and its live tail. Each iteration of the result is a subscription of its own from
 * the same place; `end` means the end of the log at the time of this call.
 */
export const followLog = <Recorded extends LiveRecord>(
  tail: LiveTail<Recorded>,
  readPage: ReadPage<Recorded>,
  options: SubscribeOptions,
): AsyncIterable<SubscriptionItem<Recorded>> => {
  const { after, maxBatch = DEFAULT_MAX_BATCH } = options;
  if (!(maxBatch >= 1)) throw new RangeError(`maxBatch is ${maxBatch}; expected a whole number from 1`);
  const start = after === 'start' ? undefined : after === 'end' ? tail.head : after;
  return {
    [Symbol.asyncIterator]: () => {
      const bell = new Bell();
      const items = follow(tail, readPage, { ...options, maxBatch }, start, bell);
      return {
        next: () => items.next(),
        // A generator's own return would wait behind a pending next, perhaps for ever on a quiet log.
        return: () => {
          bell.stop();
          return items.return(undefined);
        },
      };
    },
  };
};

async function* follow<Recorded extends LiveRecord>(
  tail: LiveTail<Recorded>,
  readPage: ReadPage<Recorded>,
  { filter, maxBatch, signal, onBacklog }: SubscribeOptions & { readonly maxBatch: number },
  start: Position | undefined,
  bell: Bell,
): AsyncGenerator<SubscriptionItem<Recorded>, undefined> {
  const matches = matcher(filter);
  const abort = (): void => bell.stop();
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  let cursor = start;
  let toldCaughtUp = false;
  try {
    while (!bell.stopped) {
      if (tail.ended && 'error' in tail.ended) throw tail.ended.error;
      if (tail.ended) return;
      const live = tail.read(cursor, maxBatch, matches);
      const page = live ?? (await readUnlessEnded(tail, readPage(cursor, filter, maxBatch)));
      if (!page || bell.stopped) continue;
      if (!live) toldCaughtUp = false;
      cursor = later(cursor, page.scannedTo);
      if (page.events.length > 0) yield { kind: 'events', events: page.events };
      else if (live && toldCaughtUp) await bell.ring(tail);
      else if (live) {
        toldCaughtUp = true;
        yield { kind: 'caught-up', position: cursor };
      }
      if (!live && cursor !== undefined) onBacklog?.(cursor);
    }
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

const later = (a: Position | undefined, b: Position | undefined): Position | undefined =>
  a === undefined || (b !== undefined && b > a) ? b : a;

/** A read that fails because the log has just ended is not the subscriber's error: the caller looks at the tail again. */
const readUnlessEnded = async <Recorded extends LiveRecord>(
  tail: LiveTail<Recorded>,
  reading: Promise<LogPage<Recorded>>,
): Promise<LogPage<Recorded> | undefined> => {
  try {
    return await reading;
  } catch (error) {
    if (tail.ended) return undefined;
    throw error;
  }
};

/** Wakes one subscription: at a change of the tail, or to stop it. */
class Bell {
  stopped = false;
  private wake: (() => void) | undefined;

  stop(): void {
    this.stopped = true;
    this.wake?.();
  }

  /** Resolves at the next change of the tail, or when stopped. */
  async ring<Recorded extends LiveRecord>(tail: LiveTail<Recorded>): Promise<void> {
    if (this.stopped) return;
    await new Promise<void>((resolve) => {
      const forget = tail.onChange(resolve);
      this.wake = () => {
        forget();
        resolve();
      };
    });
    this.wake = undefined;
  }
}
