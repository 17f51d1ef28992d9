import { expect } from 'vitest';
import {
  retentionOf,
  setRetention,
  type EventStore,
  type NewEvent,
  type Position,
  type RecordedEvent,
  type Revision,
} from '@millwright/event-store';

/** The stream that keeps few of its events, and loses the others to scavenges. */
export const SHORT = 'short';

/** Where the last event of an append is, and how many there are. */
export interface Place {
  readonly stream: string;
  readonly revision: Revision;
  readonly position: Position;
  readonly of: number;
}

interface Tag {
  readonly append: string;
  readonly n: number;
  readonly of: number;
}

/** Reads a log from where it was last read, and checks that nothing of it is broken. */
export class Audit {
  private position: Position = 0n;
  private readonly last = new Map<string, Revision>();
  private readonly found = new Map<string, Place>();
  /** The last append read. */
  private tail: { readonly append: string; readonly events: RecordedEvent[] } | undefined;

  /** Every append found so far, but for those of the stream that keeps few. */
  get appends(): ReadonlyMap<string, Place> {
    return this.found;
  }

  /** Each append must be there whole, once, one event behind the other. */
  async read(store: EventStore): Promise<void> {
    let left = 0;
    for await (const event of store.readAll({ after: this.position })) {
      expect(event.position).toBeGreaterThan(this.position);
      this.position = event.position;
      this.follow(event);
      if (event.stream === SHORT) continue;
      left = this.count(event, left);
    }
    expect(left, `events that append ${this.tail?.append} lacks`).toBe(0);
  }

  /** The last append of the log, acknowledged or not, comes again: it gets the place that it has. */
  async repeatLast(store: EventStore): Promise<void> {
    if (!this.tail) return;
    const { append, events } = this.tail;
    const { stream, revision, position, of } = this.found.get(append)!;
    const before = revision - BigInt(of);
    const expected = !stream.startsWith('exact') ? 'any' : before < 0n ? 'no-stream' : before;
    const again = events.map(({ id, type, data, metadata }): NewEvent => ({ id, type, data, metadata }));
    expect(await store.append(stream, expected, again)).toEqual({ revision, position });
  }

  private follow({ stream, revision }: RecordedEvent): void {
    const next = (this.last.get(stream) ?? -1n) + 1n;
    if (stream === SHORT) expect(revision).toBeGreaterThanOrEqual(next);
    else if (revision !== next) expect(revision, `next revision of ${stream}`).toBe(next);
    this.last.set(stream, revision);
  }

  /** `left`: how many events the append before still lacks. Gives how many this one does. */
  private count(event: RecordedEvent, left: number): number {
    const { append, n, of } = event.data as unknown as Tag;
    if (left === 0) {
      expect(this.found.has(append), `append ${append} once`).toBe(false);
      this.tail = { append, events: [] };
    }
    if (append !== this.tail!.append || n !== this.tail!.events.length || left !== (n === 0 ? 0 : of - n)) {
      expect.fail(
        `event ${n} of append ${append} at ${event.position} follows ${this.tail!.append}, which lacks ${left}`,
      );
    }
    this.tail!.events.push(event);
    const { stream, revision, position } = event;
    if (n === of - 1) this.found.set(append, { stream, revision, position, of });
    return of - n - 1;
  }
}

/** What is shown of the stream goes without a gap to its end, is no more than its retention keeps, and reaches what was acknowledged. */
export const checkShort = async (store: EventStore, acknowledged: Revision | undefined): Promise<void> => {
  const shown: Revision[] = [];
  for await (const { revision } of store.readStream(SHORT)) shown.push(revision);
  const first = shown[0] ?? 0n;
  expect(shown).toEqual(shown.map((_, n) => first + BigInt(n)));
  const { maxCount = Infinity } = await retentionOf(store, SHORT);
  expect(shown.length).toBeLessThanOrEqual(maxCount);
  if (acknowledged !== undefined) expect(shown.at(-1)).toBeGreaterThanOrEqual(acknowledged);
};

/** What scavenges, killed ones too, have told that they removed is what the stream lacks. */
export const checkTold = async (store: EventStore): Promise<number> => {
  await setRetention(store, SHORT, { maxCount: 1 });
  await store.scavenge();
  let told = 0;
  for await (const { data } of store.readStream('$scavenges')) {
    told += (data as { readonly removedEvents: number }).removedEvents;
  }
  for await (const { revision } of store.readAll({ filter: { streamPrefixes: [SHORT] }, maxCount: 1 })) {
    expect(revision).toBe(BigInt(told));
  }
  return told;
};
