import type { RawSample } from '@millwright/edge';
import type { Message } from './message-reader.js';

/** Messages of QoS 1 that arrived in one turn of the event loop: offered together, acknowledged together. */
interface Group {
  readonly ids: number[];
  readonly samples: RawSample[];
  /** Offers of earlier sessions that messages sent again wait for. */
  readonly earlier: Promise<void>[];
  durable: Promise<void>;
  done: boolean;
}

/** A message taken and not yet acknowledged. */
interface Taken {
  readonly message: Message;
  readonly group: Group;
}

export interface InFlightOptions {
  /** Most messages taken whose samples are not durable yet. */
  readonly limit: number;
  /** Adds the message's samples to `into`. */
  readonly read: (message: Message, into: RawSample[]) => void;
  readonly offer: (samples: readonly RawSample[]) => Promise<void>;
}

/** One connection to the broker, as the books of messages in flight need it. */
export interface AckLine {
  /** Sends PUBACKs, in the order given. */
  readonly acknowledge: (ids: readonly number[]) => void;
  /** The sink did not take what it was offered: nothing of it is acknowledged. */
  readonly onRefused: (error: unknown) => void;
}

/**
 * Messages of QoS 1 between their arrival and their acknowledgement. Many are under way at once: those of one turn of the event loop are one
 * offer, and are acknowledged with one write, in the order of arrival as MQTT asks (4.6). A message that the broker sends again after a
 * reconnect, though its samples were taken already, is not offered twice: it is acknowledged when the first offer is durable.
 */
export class InFlight {
  private readonly options: InFlightOptions;
  private count = 0;
  private line: AckLine | undefined;
  private queue: Group[] = [];
  private open: Group | undefined;
  /** By packet id: of this session, and of the sessions before it. */
  private taken = new Map<number, Taken>();
  private takenBefore = new Map<number, Taken>();
  private parked: (() => void) | undefined;
  private idleWaiters: (() => void)[] = [];

  constructor(options: InFlightOptions) {
    this.options = options;
  }

  /** A connection begins. Where the broker kept no session, packet ids of the last one mean nothing any more. */
  begin(sessionPresent: boolean, line: AckLine): void {
    this.line = line;
    if (!sessionPresent) this.takenBefore.clear();
  }

  /** The connection is gone: what was not acknowledged will be sent again. */
  end(): void {
    this.flush();
    this.line = undefined;
    this.queue = [];
    this.parked = undefined;
    for (const [id, taken] of this.taken) this.takenBefore.set(id, taken);
    this.taken.clear();
    this.wakeIdle();
  }

  /** Takes one message. `proceed` is called when the next one may come: at once, or when there is room again. */
  take(id: number, message: Message, proceed: () => void): void {
    const group = (this.open ??= this.openGroup());
    group.ids.push(id);
    this.count++;
    const before = message.again ? this.takenBefore.get(id) : undefined;
    // What a broker sends again comes first: from here on everything is new.
    if (!message.again && this.takenBefore.size > 0) this.takenBefore.clear();
    if (before && isSame(before.message, message)) group.earlier.push(before.group.durable);
    else this.options.read(message, group.samples);
    this.taken.set(id, { message, group });
    if (this.count < this.options.limit) proceed();
    else this.parked = proceed;
  }

  /** Whether the limit is reached and the next message waits. */
  get full(): boolean {
    return this.parked !== undefined;
  }

  /** Resolves when everything taken in this connection has been acknowledged. */
  idle(): Promise<void> {
    this.flush();
    if (this.queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  private openGroup(): Group {
    // The client hands over all messages of a read in ticks, which go before microtasks: the group ends with the read.
    queueMicrotask(() => this.flush());
    return { ids: [], samples: [], earlier: [], durable: Promise.resolve(), done: false };
  }

  private flush(): void {
    const group = this.open;
    if (!group) return;
    this.open = undefined;
    this.queue.push(group);
    const offers = group.samples.length > 0 ? [this.options.offer(group.samples), ...group.earlier] : group.earlier;
    group.durable = offers.length === 1 ? offers[0]! : Promise.all(offers).then(() => undefined);
    group.durable.then(
      () => this.settle(group),
      (error: unknown) => this.refuse(group, error),
    );
  }

  private settle(group: Group): void {
    group.done = true;
    this.release(group);
    const ids: number[] = [];
    while (this.queue[0]?.done) ids.push(...this.queue.shift()!.ids);
    if (ids.length > 0) this.line?.acknowledge(ids);
    for (const id of ids) this.taken.delete(id);
    this.wakeIdle();
  }

  /** Not taken after all: the message must be offered again when it comes again. */
  private refuse(group: Group, error: unknown): void {
    for (const known of [this.taken, this.takenBefore]) {
      for (const id of group.ids) if (known.get(id)?.group === group) known.delete(id);
    }
    this.release(group);
    if (this.queue.includes(group)) this.line?.onRefused(error);
  }

  private release(group: Group): void {
    this.count -= group.ids.length;
    const { parked } = this;
    if (!parked || this.count >= this.options.limit) return;
    this.parked = undefined;
    parked();
  }

  private wakeIdle(): void {
    if (this.queue.length === 0) for (const resolve of this.idleWaiters.splice(0)) resolve();
  }
}

const isSame = (a: Message, b: Message): boolean => a.topic === b.topic && a.text === b.text;
