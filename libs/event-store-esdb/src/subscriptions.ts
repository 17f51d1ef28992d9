import type { LogRecord, Position, SubscribeOptions, SubscriptionItem } from '@millwright/event-store';
import { Feed, type FeedOptions } from './feed.js';
import { Subscription } from './subscription.js';

export interface SubscriptionsOptions extends FeedOptions {
  /** Last position that an append of this store was given. */
  readonly acknowledged: () => Position | undefined;
  /** The feed goes on so long without a reader, milliseconds, so that one that comes back finds it. */
  readonly lingerMs: number;
}

/** All subscriptions of a store. They share one feed, and a store that nobody subscribes to has none: who only appends is sent nothing. */
export class Subscriptions {
  private readonly options: SubscriptionsOptions;
  private current: Feed | undefined;
  private readers = 0;
  private lingering: NodeJS.Timeout | undefined;

  constructor(options: SubscriptionsOptions) {
    this.options = options;
  }

  get feed(): Feed | undefined {
    return this.current;
  }

  /**
   * An append waits for this: `end` is the end of the log as it is when the subscription is asked for, and it is not known yet.
   */
  gate(): Promise<unknown> | undefined {
    return this.current && !this.current.tail ? this.current.looked : undefined;
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem<LogRecord>> {
    const known = this.options.acknowledged();
    const after = this.startOf(options.after, known);
    return {
      [Symbol.asyncIterator]: () =>
        new Subscription({
          ...options,
          reader: this.options.reader,
          after,
          known,
          acquire: () => this.acquire(),
          release: () => this.release(),
        }),
    };
  }

  close(): void {
    clearTimeout(this.lingering);
    this.current?.stop();
  }

  private async startOf(
    after: SubscribeOptions['after'],
    known: Position | undefined,
  ): Promise<Position | 'start' | undefined> {
    if (after !== 'end') return after;
    const { current } = this;
    if (current?.tail) return later(current.tail.head, known) ?? 'start';
    const feed = this.acquire();
    this.release();
    return (await feed.ready) && (later(feed.beganAt, known) ?? 'start');
  }

  private acquire(): Feed {
    clearTimeout(this.lingering);
    this.readers++;
    return (this.current ??= new Feed(this.options));
  }

  private release(): void {
    if (--this.readers > 0) return;
    clearTimeout(this.lingering);
    this.lingering = setTimeout(() => {
      this.current?.stop();
      this.current = undefined;
    }, this.options.lingerMs).unref();
  }
}

const later = (a: Position | undefined, b: Position | undefined): Position | undefined =>
  a === undefined || (b !== undefined && b > a) ? b : a;
