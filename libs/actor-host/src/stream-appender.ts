import {
  EventStoreError,
  type AppendResult,
  type EventStore,
  type EventStoreErrorCode,
  type NewEvent,
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
 * in the next one. Each append expects the revision that this process left, so that a second writer is found out, never mixed in.
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

  /** Resolves when durable, with a place at or after the events' own. Rejects for events that the log refuses, or a foreign writer. */
  append(stream: string, events: readonly NewEvent[]): Promise<AppendResult> {
    const lane = this.lane(stream);
    this.pendingCount++;
    return new Promise<AppendResult>((resolve, reject) => {
      lane.waiting.push({ events, resolve, reject });
      if (!lane.running) void this.run(stream, lane);
    }).finally(() => this.pendingCount--);
  }

  /** Tells where a stream ends, where the caller has just read it. */
  seed(stream: string, revision: Revision | 'no-stream'): void {
    this.lane(stream).revision ??= revision;
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
        const result = await this.tryForEver(
          stream,
          lane,
          group.flatMap((p) => p.events),
        );
        lane.revision = result.revision;
        for (const pending of group) pending.resolve(result);
      } catch (error) {
        await this.settleFailed(stream, lane, group, error);
      }
    }
    lane.running = false;
  }

  /** One refused event must not take its neighbours with it: they are tried one by one. */
  private async settleFailed(stream: string, lane: Lane, group: readonly Pending[], error: unknown): Promise<void> {
    if (group.length === 1) return group[0]!.reject(error);
    for (const pending of group) {
      try {
        const result = await this.tryForEver(stream, lane, pending.events);
        lane.revision = result.revision;
        pending.resolve(result);
      } catch (own) {
        pending.reject(own);
      }
    }
  }

  private async tryForEver(stream: string, lane: Lane, events: readonly NewEvent[]): Promise<AppendResult> {
    for (let delay = this.options.retryMinMs; ; delay = Math.min(delay * 2, this.options.retryMaxMs)) {
      try {
        lane.revision ??= await lastRevision(this.options.store, stream);
        const result = await this.options.store.append(stream, lane.revision, events);
        this.trouble = undefined;
        return result;
      } catch (error) {
        if (!(error instanceof EventStoreError) || !PASSING.has(error.code)) throw error;
        this.trouble = `appending to "${stream}" waits: ${error.message}`;
        await this.options.wait(delay);
      }
    }
  }
}

const takeGroup = (waiting: Pending[]): Pending[] => {
  let events = 0;
  let taken = 0;
  while (taken < waiting.length && (taken === 0 || events + waiting[taken]!.events.length <= MAX_EVENTS_PER_APPEND)) {
    events += waiting[taken++]!.events.length;
  }
  return waiting.splice(0, taken);
};

const lastRevision = async (store: EventStore, stream: string): Promise<Revision | 'no-stream'> => {
  for await (const event of store.readStream(stream, { direction: 'backwards', maxCount: 1 })) return event.revision;
  return 'no-stream';
};
