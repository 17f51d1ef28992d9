import type { ExpectedRevision, LogRecord, Position, Revision } from '@millwright/event-store';

/** Ids known of a stream at most; of a busy stream the last so many. */
const MAX_IDS = 512;

export interface Place {
  readonly revision: Revision;
  /** Undefined: not told, to be read when somebody asks. */
  readonly position: Position | undefined;
}

/** What this process knows of the end of a stream: its last revision, and the ids of its last events. */
export class StreamEnd {
  /** Undefined: no event can be seen; the stream may be absent, deleted, or all of it too old, and only the server knows. */
  last: Revision | undefined;
  private readonly places = new Map<string, Place>();

  /** `records`: the stream's last events, the last one first. */
  constructor(records: readonly LogRecord[]) {
    for (const { id, revision, position } of records.toReversed()) this.add(id, { revision, position });
  }

  placeOf(id: string): Place | undefined {
    return this.places.get(id);
  }

  /** Whether the events are known that an append expecting this would have written; of older ones only the server knows. */
  reachesBackTo(expected: ExpectedRevision): boolean {
    const oldest = this.places.values().next().value?.revision ?? 0n;
    if (expected === 'no-stream') return oldest === 0n;
    return typeof expected !== 'bigint' || expected + 1n >= oldest;
  }

  add(id: string, place: Place): void {
    this.last = place.revision;
    this.places.set(id, place);
    if (this.places.size > MAX_IDS) this.places.delete(this.places.keys().next().value!);
  }
}
