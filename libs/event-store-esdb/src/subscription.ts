import {
  followLog,
  type LiveTail,
  type LogRecord,
  type Position,
  type SubscribeOptions,
  type SubscriptionItem,
} from '@millwright/event-store';
import { Backlog } from './backlog.js';
import type { Feed } from './feed.js';
import type { EsdbReader } from './reader.js';

export interface SubscriptionOptions extends Omit<SubscribeOptions, 'after'> {
  readonly reader: EsdbReader;
  /** Exclusive; 'start' also for the end of an empty log. Undefined: the store closed before it was known. */
  readonly after: Promise<Position | 'start' | undefined>;
  /** What this process has been told to be in the log must not be missing from what is called caught up. */
  readonly known: Position | undefined;
  readonly acquire: () => Feed;
  readonly release: () => void;
}

type Item = SubscriptionItem<LogRecord>;

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** One reader of the log, for ever: its backlog from the server, then the tail that all readers share. */
export class Subscription implements AsyncIterator<Item> {
  private readonly options: SubscriptionOptions;
  private readonly given = new AbortController();
  private readonly backlog: Backlog;
  private items: Promise<AsyncIterator<Item> | undefined> | undefined;
  private tail: LiveTail<LogRecord> | undefined;
  private over = false;
  private readonly giveUp = (): void => {
    this.given.abort();
    this.backlog.stop();
  };

  constructor(options: SubscriptionOptions) {
    this.options = options;
    this.backlog = new Backlog(options.reader, () => this.tail?.head);
  }

  async next(): Promise<IteratorResult<Item, undefined>> {
    if (this.over) return END;
    try {
      const items = await (this.items ??= this.begin());
      const item = await items?.next();
      if (item && !item.done) return item;
    } catch (error) {
      this.finish();
      throw error;
    }
    this.finish();
    return END;
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.finish();
    const items = await this.items?.catch(() => undefined);
    await items?.return?.();
    return END;
  }

  private async begin(): Promise<AsyncIterator<Item> | undefined> {
    const { signal: wish, known, maxBatch, filter } = this.options;
    const { signal } = this.given;
    wish?.addEventListener('abort', this.giveUp);
    if (wish?.aborted) this.giveUp();
    const feed = this.options.acquire();
    this.tail = await unlessAborted(feed.ready, signal);
    const after = await unlessAborted(this.options.after, signal);
    if (!this.tail || after === undefined) return undefined;
    await reached(this.tail, known, signal);
    return followLog(this.tail, (...page) => this.backlog.page(...page), {
      after,
      signal,
      ...(filter && { filter }),
      ...(maxBatch !== undefined && { maxBatch }),
    })[Symbol.asyncIterator]();
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    this.giveUp();
    this.options.signal?.removeEventListener('abort', this.giveUp);
    if (this.items) this.options.release();
  }
}

/** The promise's value, or undefined as soon as the signal aborts. */
const unlessAborted = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return resolve(undefined);
    const abort = (): void => resolve(undefined);
    signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });

/** Resolves when the tail has reached the position, has ended, or the signal aborts. */
const reached = async (
  tail: LiveTail<LogRecord>,
  position: Position | undefined,
  signal: AbortSignal,
): Promise<void> => {
  while (
    position !== undefined &&
    !signal.aborted &&
    !tail.ended &&
    (tail.head === undefined || tail.head < position)
  ) {
    let forget: (() => void) | undefined;
    await unlessAborted(new Promise<void>((resolve) => (forget = tail.onChange(resolve))), signal);
    forget?.();
  }
};
