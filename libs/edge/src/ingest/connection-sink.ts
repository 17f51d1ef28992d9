import type { DataType, SampleValue, SignalId } from '@millwright/events';
import { qualityKind } from '@millwright/events';
import type { RawSample, SampleSink } from '../connector.port.js';
import { IngestClosedError } from './asset-lane.js';
import type { Batch } from './batch.js';
import type { EdgeFilter } from './edge-filter.js';
import type { Feed } from './feed.js';
import type { RecentSamples } from './log-tail.js';
import { checkValue, exampleOf, isTime, type Refusal, type RejectReason, type Scaling } from './value-check.js';

/** Signal name under which messages are counted that belong to no signal. */
export const ANY_SIGNAL = '*';

/** What the pipeline knows of one signal. */
export interface SignalPipe {
  readonly name: string;
  readonly dataType: DataType;
  readonly scaling: Scaling | undefined;
  readonly filter: EdgeFilter;
  readonly feed: Feed;
  /** What the log had of the signal at the start; until the first sample that is new for certain. */
  recent: RecentSamples | undefined;
}

/** The books that all sinks of an ingest share. received = stored + queued + filtered + rejected at every moment. */
export interface IngestCounters {
  received: number;
  stored: number;
  /** Taken, not yet durable. */
  queued: number;
  filtered: number;
  rejected: number;
}

export interface ConnectionSinkOptions {
  readonly connection: string;
  readonly pipes: ReadonlyMap<SignalId, SignalPipe>;
  /** Where the line's stream counts messages that belong to no signal. */
  readonly lineFeed: Feed;
  readonly counters: IngestCounters;
  /** Samples queued beyond which `push` refuses. */
  readonly capacity: number;
  readonly now: () => number;
  readonly isClosed: () => boolean;
  readonly onLink: (state: 'up' | 'down', reason: string) => void;
}

const DONE: Promise<void> = Promise.resolve();

/** Takes one connection's samples through check, scaling and filter into its assets' batches. */
export class ConnectionSink implements SampleSink {
  private readonly options: ConnectionSinkOptions;
  private linkState: 'up' | 'down' | undefined;

  constructor(options: ConnectionSinkOptions) {
    this.options = options;
  }

  offer(samples: readonly RawSample[]): Promise<void> {
    if (this.options.isClosed()) {
      return Promise.reject(new IngestClosedError(`the sink of "${this.options.connection}" has closed`));
    }
    const receivedAt = this.options.now();
    let one: Batch | undefined;
    let several: Set<Batch> | undefined;
    for (const sample of samples) {
      const batch = this.take(sample, receivedAt);
      if (batch === undefined || batch === one) continue;
      if (one === undefined) one = batch;
      else (several ??= new Set([one])).add(batch);
    }
    if (several) return Promise.all(Array.from(several, (batch) => batch.durable)).then(() => undefined);
    return one?.durable ?? DONE;
  }

  push(samples: readonly RawSample[]): void {
    if (this.options.isClosed()) return;
    const { counters, capacity } = this.options;
    const receivedAt = this.options.now();
    for (const sample of samples) {
      if (counters.queued < capacity) this.take(sample, receivedAt);
      else this.refuse(sample, 'overload');
    }
  }

  link(state: 'up' | 'down', reason: string): void {
    if (state === this.linkState || this.options.isClosed()) return;
    this.linkState = state;
    this.options.onLink(state, reason);
  }

  reject(reason: string, example: string): void {
    if (this.options.isClosed()) return;
    this.options.counters.received++;
    this.rejected(this.options.lineFeed, ANY_SIGNAL, reason, exampleOf(example));
  }

  /** The batch that now holds the sample; undefined when it was filtered or refused, and counted. */
  private take(sample: RawSample, receivedAt: number): Batch | undefined {
    const pipe = this.options.pipes.get(sample.signal);
    if (!pipe) return this.refuse(sample, 'unknown-signal');
    const { sourceTime = receivedAt, serverTime } = sample;
    const status = sample.status >>> 0;
    if (!isTime(sourceTime) || (serverTime !== undefined && !isTime(serverTime)))
      return this.refuse(sample, 'invalid-time');
    const value = this.valueOf(pipe, sample);
    if (typeof value === 'object') return this.refuse(sample, value.refused);

    const { counters } = this.options;
    counters.received++;
    const rule =
      pipe.recent !== undefined && isDuplicate(pipe, sample, value)
        ? 'duplicate'
        : pipe.filter.judge(value, status, sourceTime);
    if (rule !== undefined) {
      counters.filtered++;
      pipe.feed.filter(pipe.name, rule);
      return undefined;
    }
    counters.queued++;
    return pipe.feed.store({
      signal: pipe.name,
      value,
      status,
      sourceTime: Math.trunc(sourceTime),
      ...(serverTime !== undefined && { serverTime: Math.trunc(serverTime) }),
    });
  }

  /** A sample of bad quality that brings no value keeps the last known one, so that its quality is not lost. */
  private valueOf({ dataType, scaling, filter }: SignalPipe, { value, status }: RawSample): SampleValue | Refusal {
    const checked = checkValue(dataType, value, scaling);
    if (typeof checked !== 'object' || filter.last === undefined || qualityKind(status) !== 'bad') return checked;
    return checked.refused === 'no-value' || checked.refused === 'not-a-number' ? filter.last : checked;
  }

  private refuse({ signal, value, sourceTime, serverTime }: RawSample, reason: RejectReason): undefined {
    this.options.counters.received++;
    const pipe = this.options.pipes.get(signal);
    if (!pipe) return this.rejected(this.options.lineFeed, ANY_SIGNAL, reason, exampleOf(signal));
    const shown = reason === 'invalid-time' ? `sourceTime ${sourceTime}, serverTime ${serverTime}` : exampleOf(value);
    return this.rejected(pipe.feed, pipe.name, reason, shown);
  }

  private rejected(feed: Feed, signal: string, reason: string, example: string): undefined {
    this.options.counters.rejected++;
    feed.reject(signal, reason, example);
  }
}

/** Whether the log has had the sample since before the start. */
const isDuplicate = (pipe: SignalPipe, { redelivered, sourceTime }: RawSample, value: SampleValue): boolean => {
  const recent = pipe.recent!;
  if (redelivered !== true) {
    pipe.recent = undefined;
    return false;
  }
  if (sourceTime === undefined) return false;
  if (recent.isPast(sourceTime)) pipe.recent = undefined;
  return recent.take(Math.trunc(sourceTime), value);
};
