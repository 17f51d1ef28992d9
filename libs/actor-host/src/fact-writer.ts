import type { FactWriter, Recorded } from '@millwright/edge';
import { WrongExpectedRevisionError, type NewEvent, type Position } from '@millwright/event-store';
import { factsStream, type AssetId, type Fact } from '@millwright/events';
import { v7 as uuidV7 } from 'uuid';
import type { StreamAppender } from './stream-appender.js';

export interface FactWriterOptions {
  readonly appender: StreamAppender;
  /** Wall clock, epoch milliseconds. */
  readonly now: () => number;
}

interface Tail {
  /** Time of the stream's last event. */
  time: number;
}

/** After so many conflicts a fact goes wherever the stream ends by then: another process that writes all the time would always be first. */
const CONFLICTS_MAX = 3;

/**
 * Stamps facts with the gateway's clock, never going back within a stream, and appends them in order. Two processes may share a stream (a
 * gateway its samples, the server its commands): who finds events of the other looks at the stream's end again, and stamps anew.
 */
export class LogFactWriter implements FactWriter {
  private readonly options: FactWriterOptions;
  private readonly tails = new Map<AssetId, Tail | Promise<Tail>>();

  constructor(options: FactWriterOptions) {
    this.options = options;
  }

  async write(asset: AssetId, fact: Fact | ((time: number) => Fact), causationId?: string): Promise<Recorded> {
    const known = this.tails.get(asset) ?? this.readTail(asset);
    let tail = known instanceof Promise ? await known : known;
    // Ids that grow with time keep the log's index of ids cheap: a third of the write cost of random ones.
    const id = uuidV7();
    for (let conflicts = 0; ; conflicts++) {
      const time = Math.max(tail.time, this.options.now());
      tail.time = time;
      const { type, data } = typeof fact === 'function' ? fact(time) : fact;
      const metadata = { time, ...(causationId !== undefined && { causationId }) };
      try {
        const wherever = conflicts >= CONFLICTS_MAX;
        const { position } = await this.append(asset, { id, type, data, metadata }, wherever);
        return { id, time, position };
      } catch (error) {
        if (!(error instanceof WrongExpectedRevisionError)) throw error;
        tail = await this.tailAfter(asset, tail);
      }
    }
  }

  private append(asset: AssetId, event: NewEvent, wherever: boolean): Promise<{ readonly position: Position }> {
    return this.options.appender.append(factsStream(asset), [event], { wherever });
  }

  /** The stream's end beyond a tail that another process has left behind; read once for all writes that found that out. */
  private tailAfter(asset: AssetId, stale: Tail): Tail | Promise<Tail> {
    const known = this.tails.get(asset);
    return known === undefined || known === stale ? this.readTail(asset) : known;
  }

  private readTail(asset: AssetId): Promise<Tail> {
    const reading = this.options.appender
      .last(factsStream(asset))
      .then((last): Tail => ({ time: last?.metadata.time ?? 0 }));
    this.tails.set(asset, reading);
    reading.then(
      (tail) => this.tails.set(asset, tail),
      () => this.tails.delete(asset),
    );
    return reading;
  }
}
