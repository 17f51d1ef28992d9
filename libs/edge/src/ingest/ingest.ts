import type { EventStore } from '@millwright/event-store';
import { splitSignalId, type AssetId, type SignalId } from '@millwright/events';
import type { Binding, Plant } from '@millwright/plant-model';
import type { SampleSink } from '../connector.port.js';
import type { FactWriter } from '../fact-writer.port.js';
import type { BackoffOptions } from '../link/backoff.js';
import { DeadlineError, withDeadline } from '../link/deadline.js';
import { AssetLane, IngestClosedError } from './asset-lane.js';
import { ConnectionSink, type IngestCounters, type SignalPipe } from './connection-sink.js';
import { EdgeFilter } from './edge-filter.js';
import { Feed } from './feed.js';
import { ingestHealth, type IngestHealth } from './ingest-health.js';
import { readLogTail, type LogTail, type RecentSamples } from './log-tail.js';
import { WriteSchedule } from './write-schedule.js';

export interface IngestOptions {
  readonly plant: Pick<Plant, 'assets' | 'bindings' | 'connections'>;
  readonly writer: FactWriter;
  /** Read once, at open: where each asset's sequence goes on, and its last samples. */
  readonly store: Pick<EventStore, 'readStream'>;
  /** Name of this gateway in the recorded facts. */
  readonly gateway: string;
  /** Wall clock, epoch milliseconds. */
  readonly now: () => number;
  /** Samples not yet durable beyond which connectors that cannot wait are refused (`overload`); default 50,000. */
  readonly queueCapacity?: number;
  /** Longest that counts of filtered and rejected samples wait for a sample to be written with, milliseconds; default 2,000. */
  readonly countsAfterMs?: number;
  /** Least time between the starts of two writes of one asset, milliseconds; default 4. Costs an idle asset nothing, and fills batches at load. */
  readonly writeSpacingMs?: number;
  /** Delays between tries of a write that failed; default 100 ms to 5 s. */
  readonly retry?: BackoffOptions;
}

/** Everything between the connectors and the log: one sink for each connection, one lane for each asset. */
export class Ingest {
  private readonly counters: IngestCounters = { received: 0, stored: 0, queued: 0, filtered: 0, rejected: 0 };
  private readonly capacity: number;
  private readonly now: () => number;
  private readonly lanes = new Map<AssetId, AssetLane>();
  private readonly sinks = new Map<string, ConnectionSink>();
  private readonly schedule: WriteSchedule;
  private readonly counting = new Set<Feed>();
  private readonly countsAfterMs: number;
  private countsTimer: NodeJS.Timeout | undefined;
  private readonly givenUp = new AbortController();
  private closing: Promise<void> | undefined;

  private constructor(options: IngestOptions, tails: ReadonlyMap<AssetId, LogTail>) {
    this.capacity = options.queueCapacity ?? 50_000;
    this.countsAfterMs = options.countsAfterMs ?? 2_000;
    this.now = options.now;
    this.schedule = new WriteSchedule(options.writeSpacingMs ?? 4);
    for (const [asset, { sequence }] of tails) this.lanes.set(asset, this.lane(options, asset, sequence));
    for (const { name } of options.plant.connections) this.sinks.set(name, this.sink(options, name, tails));
  }

  /** Reads from the log where each asset goes on; rejects when the log cannot be read. */
  static async open(options: IngestOptions): Promise<Ingest> {
    const { plant, store, gateway } = options;
    const assets = [
      ...new Set([...plant.bindings.map((b) => b.asset), ...plant.connections.map((c) => lineOf(c.name))]),
    ];
    const tails = new Map<AssetId, LogTail>();
    for (let i = 0; i < assets.length; i += 16) {
      const some = assets.slice(i, i + 16);
      const read = await Promise.all(some.map((asset) => readLogTail(store, asset, gateway)));
      some.forEach((asset, n) => tails.set(asset, read[n]!));
    }
    return new Ingest(options, tails);
  }

  /** Throws for a connection that the plant does not have. */
  sinkFor(connection: string): SampleSink {
    const sink = this.sinks.get(connection);
    if (sink) return sink;
    throw new Error(
      `no connection "${connection}" in the plant; it has ${[...this.sinks.keys()].join(', ') || 'none'}`,
    );
  }

  health(): IngestHealth {
    return ingestHealth([...this.lanes.values()], this.counters, this.capacity, this.closing !== undefined);
  }

  /** Since the ingest was opened; received = stored + queued + filtered + rejected. */
  ledger(): Readonly<IngestCounters> {
    return { ...this.counters };
  }

  /**
   * Takes no more, writes what it has with its counts, and resolves when all is durable. After the deadline (default 10 s) it gives up:
   * offers that still wait reject, and so does this, with a sentence.
   */
  close(deadlineMs = 10_000): Promise<void> {
    return (this.closing ??= this.drain(deadlineMs));
  }

  private async drain(deadlineMs: number): Promise<void> {
    clearTimeout(this.countsTimer);
    this.flushCounts();
    this.schedule.hurry();
    const drained = Promise.all(Array.from(this.lanes.values(), (lane) => lane.drained()));
    try {
      await withDeadline(drained, deadlineMs, 'writing the last samples');
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      const { detail } = this.health();
      this.givenUp.abort();
      for (const lane of this.lanes.values()) lane.abandon();
      throw new IngestClosedError(
        `closed after ${deadlineMs} ms with ${this.counters.queued} samples not written: ${detail}`,
      );
    }
  }

  private lane({ gateway, writer, now, retry }: IngestOptions, asset: AssetId, sequence: number): AssetLane {
    return new AssetLane({
      asset,
      gateway,
      writer,
      sequence,
      now,
      onWork: (lane) => this.schedule.add(lane),
      onStored: ({ samples }) => {
        this.counters.queued -= samples.length;
        this.counters.stored += samples.length;
      },
      retry: { minMs: 100, maxMs: 5_000, ...retry },
      givenUp: this.givenUp.signal,
    });
  }

  private sink(
    { plant, now }: IngestOptions,
    connection: string,
    tails: ReadonlyMap<AssetId, LogTail>,
  ): ConnectionSink {
    const feeds = new Map<AssetId, Feed>();
    const feedOf = (asset: AssetId): Feed => {
      let feed = feeds.get(asset);
      if (!feed) feeds.set(asset, (feed = new Feed(this.lanes.get(asset)!, connection, this.onCounted)));
      return feed;
    };
    const bindings = plant.bindings.filter((b) => b.connection === connection);
    const pipeFor = (binding: Binding): SignalPipe =>
      pipeOf(binding, plant, feedOf(binding.asset), tails.get(binding.asset)!.recent);
    const pipes = new Map(bindings.map((binding): [SignalId, SignalPipe] => [binding.signal, pipeFor(binding)]));
    const bound = [...feeds.values()];
    return new ConnectionSink({
      connection,
      pipes,
      lineFeed: feedOf(lineOf(connection)),
      counters: this.counters,
      capacity: this.capacity,
      now,
      isClosed: () => this.closing !== undefined,
      onLink: (state, reason) => {
        for (const { lane } of bound) {
          lane.enqueueLink(
            connection,
            state === 'up'
              ? { type: 'ConnectionRestored', data: { connection } }
              : { type: 'ConnectionLost', data: { connection, reason } },
          );
        }
      },
    });
  }

  private readonly onCounted = (feed: Feed): void => {
    this.counting.add(feed);
    this.countsTimer ??= setTimeout(() => this.flushCounts(), this.countsAfterMs);
  };

  private flushCounts(): void {
    this.countsTimer = undefined;
    for (const feed of this.counting) feed.flush();
    this.counting.clear();
  }
}

/** Connections are named `<line asset id>/<name>`. */
const lineOf = (connection: string): AssetId => connection.replace(/\/[^/]*$/, '');

const pipeOf = (
  { signal, asset, edge }: Binding,
  plant: Pick<Plant, 'assets'>,
  feed: Feed,
  recent: ReadonlyMap<string, RecentSamples>,
): SignalPipe => {
  const name = splitSignalId(signal)?.name;
  const model = plant.assets.find((a) => a.asset === asset)?.signals.find((s) => s.name === name);
  if (name === undefined || !model) throw new Error(`binding of "${signal}": asset "${asset}" has no such signal`);
  const { scale = 1, offset = 0 } = edge;
  return {
    name,
    dataType: model.dataType,
    scaling: scale === 1 && offset === 0 ? undefined : { scale, offset },
    filter: new EdgeFilter(model, edge),
    feed,
    recent: recent.get(name),
  };
};
