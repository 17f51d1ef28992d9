import {
  EventStoreError,
  WrongExpectedRevisionError,
  type AppendResult,
  type EventStore,
  type EventStoreErrorCode,
  type NewEvent,
  type RecordedEvent,
  type Revision,
} from '@millwright/event-store';

/** Errors that the next try may not meet again: the caller waits, and nothing is lost. */
const PASSING: ReadonlySet<EventStoreErrorCode> = new Set([
  'unavailable',
  'deadline-exceeded',
  'overloaded',
  'disk-full',
  'read-only',
  'locked',
]);
const MAX_EVENTS_PER_APPEND = 256;

export interface StreamAppenderOptions {
  readonly store: EventStore;
  /** Resolves after the delay; rejects when the appender is stopped meanwhile. */
  readonly wait: (ms: number) => Promise<void>;
  readonly retryMinMs?: number;
  readonly retryMaxMs?: number;
}

interface Pending {
  readonly events: readonly NewEvent[];
  readonly wherever: boolean;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

interface Lane {
  /** Last revision; undefined until it has been read. */
  revision: Revision | 'no-stream' | undefined;
  waiting: Pending[];
  running: boolean;
}

/**
 * Appends to many streams, each in the order of the calls. One append a stream is under way at a time; what arrives meanwhile goes together
 * in the next one. Each append expects the revision that this process left, so that a second writer is found out: all that waits for the
 * stream is rejected, in order, and so is what follows, until {@link StreamAppender.last} has looked at it.
 * A passing fault (log away, disk full) is tried again for ever, with the same ids, while the callers wait.
 */
export class StreamAppender {
  private readonly options: Required<StreamAppenderOptions>;
  private readonly lanes = new Map<string, Lane>();
  private pendingCount = 0;
  private trouble: string | undefined;

  constructor(options: StreamAppenderOptions) {
    this.options = { retryMinMs: 50, retryMaxMs: 5_000, ...options };
  }

  /**
   * Resolves when durable, with a place at or after the events' own. Rejects for events that the log refuses, or a foreign writer;
   * `wherever` the stream ends by then, there is none to mind.
   */
  append(
    stream: string,
    events: readonly NewEvent[],
    { wherever = false }: { readonly wherever?: boolean } = {},
  ): Promise<AppendResult> {
    const lane = this.lane(stream);
    this.pendingCount++;
    return new Promise<AppendResult>((resolve, reject) => {
      lane.waiting.push({ events, wherever, resolve, reject });
      if (!lane.running) void this.run(stream, lane);
    }).finally(() => this.pendingCount--);
  }

  /** The stream's last event, undefined for an empty stream; later appends go behind it, whoever wrote it. Waits while the log is away. */
  async last(stream: string): Promise<RecordedEvent | undefined> {
    const last = await this.patiently(`reading the end of "${stream}"`, () => lastOf(this.options.store, stream));
    this.lane(stream).revision = last?.revision ?? 'no-stream';
    return last;
  }

  get pending(): number {
    return this.pendingCount;
  }

  /** Why appends are waiting at the moment; undefined when all is well. */
  get fault(): string | undefined {
    return this.trouble;
  }

  private lane(stream: string): Lane {
    let lane = this.lanes.get(stream);
    if (!lane) this.lanes.set(stream, (lane = { revision: undefined, waiting: [], running: false }));
    return lane;
  }

  private async run(stream: string, lane: Lane): Promise<void> {
    lane.running = true;
    while (lane.waiting.length > 0) {
      const group = takeGroup(lane.waiting);
      try {
        const result = await this.appendGroup(stream, lane, group);
        for (const pending of group) pending.resolve(result);
      } catch (error) {
        if (error instanceof WrongExpectedRevisionError) group.push(...lane.waiting.splice(0));
        await this.settleFailed(stream, lane, group, error);
      }
    }
    lane.running = false;
  }

  private async settleFailed(stream: string, lane: Lane, group: readonly Pending[], error: unknown): Promise<void> {
    if (group.length === 1 || error instanceof WrongExpectedRevisionError) {
      for (const pending of group) pending.reject(error);
      return;
    }
    // One refused event must not take its neighbours with it.
    for (const pending of group) {
      try {
        pending.resolve(await this.appendGroup(stream, lane, [pending]));
      } catch (own) {
        pending.reject(own);
      }
    }
  }

  private async appendGroup(stream: string, lane: Lane, group: readonly Pending[]): Promise<AppendResult> {
    const events = group.flatMap((pending) => pending.events);
    if (lane.revision === undefined) await this.last(stream);
    const expected = group[0]!.wherever ? 'any' : lane.revision!;
    const result = await this.patiently(`appending to "${stream}"`, () =>
      this.options.store.append(stream, expected, events),
    );
    lane.revision = result.revision;
    return result;
  }

  /** Tries again for ever what meets a passing fault. */
  private async patiently<T>(what: string, work: () => Promise<T>): Promise<T> {
    for (let delay = this.options.retryMinMs; ; delay = Math.min(delay * 2, this.options.retryMaxMs)) {
      try {
        const result = await work();
        this.trouble = undefined;
        return result;
      } catch (error) {
        if (!(error instanceof EventStoreError) || !PASSING.has(error.code)) throw error;
        this.trouble = `${what} waits: ${error.message}`;
        await this.options.wait(delay);
      }
    }
  }
}

/** What goes in one append: all of one expectation, and not too much. */
const takeGroup = (waiting: Pending[]): Pending[] => {
  const { wherever } = waiting[0]!;
  let events = 0;
  let taken = 0;
  for (const pending of waiting) {
    events += pending.events.length;
    if (taken > 0 && (events > MAX_EVENTS_PER_APPEND || pending.wherever !== wherever)) break;
    taken++;
  }
  return waiting.splice(0, taken);
};

const lastOf = async (store: EventStore, stream: string): Promise<RecordedEvent | undefined> => {
  for await (const event of store.readStream(stream, { direction: 'backwards', maxCount: 1 })) return event;
  return undefined;
};
