import { StreamDeletedError } from './event-store-error.js';
import type { EventStore, Position, RecordedEvent } from './event-store.port.js';
import { metadataStream } from './retention.js';

/** Events at the beginning of a stream that are hidden for ever, and that a scavenge may have removed. */
export interface RemovedEvents {
  readonly stream: string;
  /** Whoever has read the log up to here has missed none of them. */
  readonly upTo: Position;
}

type StreamReader = Pick<EventStore, 'readStream' | 'head'>;

/** Reads under way at once. */
const PARALLEL = 32;

/**
 * Which of the streams have lost events. Retention and deletion take a stream's events from its beginning, and hide them before a
 * scavenge removes them: asked after a read of the log, this names every stream that the read may have found incomplete, whatever
 * scavenges ran meanwhile. It costs a read of one event for each stream.
 */
export const removedOf = async (store: StreamReader, streams: readonly string[]): Promise<RemovedEvents[]> => {
  const found: RemovedEvents[] = [];
  for (let i = 0; i < streams.length; i += PARALLEL) {
    const some = streams.slice(i, i + PARALLEL);
    const upTo = await Promise.all(some.map((stream) => removedUpTo(store, stream)));
    for (const [n, stream] of some.entries()) {
      const position = upTo[n];
      if (position !== undefined) found.push({ stream, upTo: position });
    }
  }
  return found;
};

const removedUpTo = async (store: StreamReader, stream: string): Promise<Position | undefined> => {
  try {
    const first = await firstOf(store, stream);
    if (first) return first.revision === 0n ? undefined : first.position;
    // Without metadata it never had an event that could have been hidden.
    if (!(await firstOf(store, metadataStream(stream)))) return undefined;
  } catch (error) {
    if (!(error instanceof StreamDeletedError)) throw error;
  }
  return store.head();
};

const firstOf = async (store: StreamReader, stream: string): Promise<RecordedEvent | undefined> => {
  for await (const event of store.readStream(stream, { maxCount: 1 })) return event;
  return undefined;
};
