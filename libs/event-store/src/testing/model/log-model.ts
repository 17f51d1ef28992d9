import type { ExpectedRevision, Revision } from '../../event-store.port.js';
import type { Retention } from '../../retention.js';
import type { Abilities } from '../contract-kit.js';

export interface ModelEvent {
  /** Without the prefix of the run. */
  readonly stream: string;
  readonly revision: Revision;
  /** Index in the pool of ids. */
  readonly id: number;
  readonly type: string;
  /** By the log's clock, epoch milliseconds. */
  readonly writtenAt: number;
  /** `doubtful`: a scavenge may have removed it or not. */
  state: 'there' | 'doubtful' | 'removed';
}

/** What becomes of an operation. */
export type ModelOutcome = 'done' | 'wrong-expected-revision' | 'stream-deleted';

export class ModelStream {
  /** Every event ever written; the index is the revision. */
  readonly events: ModelEvent[] = [];
  retention: Retention = {};
  hasMetadata = false;
  deleted = false;
  tombstoned = false;
}

/** What the docstrings of the port say of a log, in the fewest words: nothing is fast here, and nothing is taken from the stores. */
export class LogModel {
  readonly log: ModelEvent[] = [];
  private readonly streams = new Map<string, ModelStream>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  stream(name: string): ModelStream {
    const stream = this.streams.get(name) ?? new ModelStream();
    this.streams.set(name, stream);
    return stream;
  }

  isShown({ stream, revision, writtenAt, state }: ModelEvent, retention = this.stream(stream).retention): boolean {
    const { events, deleted, tombstoned } = this.stream(stream);
    const { maxAgeSeconds = Infinity, maxCount = Infinity, truncateBefore = 0n } = retention;
    return (
      state !== 'removed' &&
      !deleted &&
      !tombstoned &&
      revision >= truncateBefore &&
      events.length - Number(revision) <= maxCount &&
      (this.now() - writtenAt) / 1_000 <= maxAgeSeconds
    );
  }

  /** Whether the port says what becomes of an append of these: the ids of hidden events may be known or not. */
  knows(name: string, ids: readonly number[]): boolean {
    return this.stream(name).events.every(
      (event) => event.state === 'removed' || this.isShown(event) || !ids.includes(event.id),
    );
  }

  append(
    name: string,
    expected: ExpectedRevision,
    batch: readonly { readonly id: number; readonly type: string }[],
  ): ModelOutcome {
    const stream = this.stream(name);
    if (stream.tombstoned) return 'stream-deleted';
    const there = stream.events.map(({ id, state }) => (state === 'removed' ? undefined : id));
    const fresh = batch.filter(({ id }) => !there.includes(id));
    if (fresh.length === 0) return 'done';
    const before = withoutRepeatedEnd(there, batch);
    if (!this.meets(stream, there.length, expected) && !this.meets(stream, before, expected))
      return 'wrong-expected-revision';
    if (stream.deleted) this.reopen(stream);
    for (const { id, type } of fresh) {
      const revision = BigInt(stream.events.length);
      const event: ModelEvent = { stream: name, revision, id, type, writtenAt: this.now(), state: 'there' };
      stream.events.push(event);
      this.log.push(event);
    }
    return 'done';
  }

  delete(name: string, expected: ExpectedRevision): ModelOutcome {
    return this.remove(name, expected, (stream) => {
      stream.deleted = stream.hasMetadata = true;
    });
  }

  tombstone(name: string, expected: ExpectedRevision): ModelOutcome {
    return this.remove(name, expected, (stream) => {
      stream.tombstoned = true;
    });
  }

  retain(name: string, retention: Retention): ModelOutcome {
    const stream = this.stream(name);
    if (stream.tombstoned) return 'stream-deleted';
    stream.retention = retention;
    stream.hasMetadata = true;
    if (stream.deleted) this.reopen(stream);
    return 'done';
  }

  /** Whether the port says what other retention would show. */
  knowsUnder(name: string, retention: Retention): boolean {
    return this.stream(name).events.every((event) => event.state !== 'doubtful' || !this.isShown(event, retention));
  }

  /** What is hidden is removed, or may be; gives how many events that are. */
  scavenge(how: Abilities['scavenge']): number {
    const hidden = this.log.filter((event) => event.state !== 'removed' && !this.isShown(event));
    for (const event of hidden) event.state = how === 'whole' ? 'removed' : 'doubtful';
    return hidden.length;
  }

  private remove(name: string, expected: ExpectedRevision, change: (stream: ModelStream) => void): ModelOutcome {
    const stream = this.stream(name);
    if (stream.tombstoned) return 'stream-deleted';
    if (!this.meets(stream, stream.events.length, expected)) return 'wrong-expected-revision';
    change(stream);
    return 'done';
  }

  private reopen(stream: ModelStream): void {
    stream.deleted = false;
    stream.retention = { ...stream.retention, truncateBefore: BigInt(stream.events.length) };
  }

  private meets({ deleted }: ModelStream, length: number, expected: ExpectedRevision): boolean {
    if (expected === 'any') return true;
    if (expected === 'no-stream') return length === 0 || deleted;
    if (expected === 'stream-exists') return length > 0 && !deleted;
    return BigInt(length) - 1n === expected;
  }
}

/** Length of the stream before the longest end of it that the batch begins with. */
const withoutRepeatedEnd = (there: readonly unknown[], batch: readonly { readonly id: number }[]): number => {
  for (let n = Math.min(there.length, batch.length); n > 0; n--) {
    if (there.slice(-n).every((id, i) => id === batch[i]!.id)) return there.length - n;
  }
  return there.length;
};
