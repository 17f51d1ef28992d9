import { EventStoreError, type EventStoreErrorCode } from './event-store-error.js';
import type { EventStore, Position, RecordedEvent } from './event-store.port.js';
import { isDeleted, metadataStream, parseRetention } from './retention.js';

/** Events at the beginning of a stream that are hidden for ever, and that a scavenge may have removed. */
export interface RemovedEvents {
  readonly stream: string;
  /** Whoever has read the log up to here has missed none of them. */
  readonly upTo: Position;
}

/** For people, as a clause. */
export const removedText = ({ stream, upTo }: RemovedEvents): string =>
  `"${stream}" and maybe others have lost events to their retention, up to position ${upTo}`;

type StreamReader = Pick<EventStore, 'readStream' | 'head' | 'positionAt'>;

/** Reads under way at once. */
const PARALLEL = 32;
const UNKNOWABLE: ReadonlySet<EventStoreErrorCode> = new Set(['stream-deleted', 'access-denied']);
/** By so much the log's clock may be ahead of ours. */
const CLOCKS_APART_MS = 60_000;

/**
 * Which of the streams have lost events. Retention and deletion take a stream's events from its beginning, and hide them before a
 * scavenge removes them: asked after a read of the log, this names every stream that the read may have found incomplete, whatever
 * scavenges ran meanwhile. It costs a read of one event for each stream, two where something is gone. `now`: epoch milliseconds.
 */
export const removedOf = async (
  store: StreamReader,
  streams: readonly string[],
  now: () => number = Date.now,
): Promise<RemovedEvents[]> => {
  const look = new Look(store, now() + CLOCKS_APART_MS);
  const found: RemovedEvents[] = [];
  for (let i = 0; i < streams.length; i += PARALLEL) {
    const some = streams.slice(i, i + PARALLEL);
    const upTo = await Promise.all(some.map((stream) => look.removedUpTo(stream)));
    for (const [n, stream] of some.entries()) {
      const position = upTo[n];
      if (position !== undefined) found.push({ stream, upTo: position });
    }
  }
  return found;
};

class Look {
  private readonly store: StreamReader;
  private readonly now: number;
  private readonly aged = new Map<number, Promise<Position | undefined>>();

  constructor(store: StreamReader, now: number) {
    this.store = store;
    this.now = now;
  }

  async removedUpTo(stream: string): Promise<Position | undefined> {
    let first: RecordedEvent | undefined;
    try {
      first = await this.one(stream, 'forwards');
      if (first?.revision === 0n) return undefined;
      const metadata = await this.one(metadataStream(stream), 'backwards');
      // A stream that never had metadata has hidden nothing.
      if (!metadata) return first?.position;
      const bound = await this.boundOf(metadata);
      return first && (bound === undefined || first.position < bound) ? first.position : (bound ?? this.store.head());
    } catch (error) {
      // Tombstoned, or its metadata are for other eyes: it may be anything.
      if (!(error instanceof EventStoreError) || !UNKNOWABLE.has(error.code)) throw error;
      return first?.position ?? this.store.head();
    }
  }

  /**
   * No event beyond it has been hidden, as the stream's metadata says; undefined when they do not say. What earlier metadata have hidden
   * lies before the last ones.
   */
  private async boundOf({ position, data }: RecordedEvent): Promise<Position | undefined> {
    const retention = parseRetention(JSON.stringify(data));
    if (isDeleted(retention)) return position;
    if (retention.maxCount !== undefined || retention.truncateBefore !== undefined) return undefined;
    if (retention.maxAgeSeconds === undefined) return position;
    const aged = await this.recordedBefore(retention.maxAgeSeconds);
    return aged !== undefined && aged > position ? aged : position;
  }

  private recordedBefore(maxAgeSeconds: number): Promise<Position | undefined> {
    let position = this.aged.get(maxAgeSeconds);
    if (!position) {
      position = this.store.positionAt(this.now - maxAgeSeconds * 1_000);
      this.aged.set(maxAgeSeconds, position);
    }
    return position;
  }

  private async one(stream: string, direction: 'forwards' | 'backwards'): Promise<RecordedEvent | undefined> {
    for await (const event of this.store.readStream(stream, { direction, maxCount: 1 })) return event;
    return undefined;
  }
}
