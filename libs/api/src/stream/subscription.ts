import {
  removedText,
  restoreThatLost,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '@millwright/event-store';
import type { ApiLimits } from '../api-options.js';
import { ApiError } from '../error/api-error.js';
import type { ClientSocket } from '../socket/client-socket.js';
import { FrameTemplate, idBytes } from '../socket/frame.js';
import type { GroupTicket } from './group-registry.js';
import { BEFORE_ALL, type LiveFeed } from './live-feed.js';
import type { Removals } from './removals.js';
import type { GroupMember } from './subscription-group.js';
import { CaughtUpType, GapType } from './stream.types.js';

const BACKLOG_BATCH = 256;
/** While it reads the backlog, a subscriber waits for its socket at this share of the buffer allowed. */
const BACKLOG_BUFFER_SHARE = 4;

export interface SubscriptionOptions {
  readonly store: EventStore;
  readonly feed: LiveFeed;
  readonly removals: Removals;
  readonly limits: ApiLimits;
  readonly socket: ClientSocket;
  readonly id: string;
  readonly ticket: GroupTicket;
}

/**
 * One subscriber: reads the log from its token, joins its group where the live feed is, and goes back to reading when its socket falls
 * behind. What it has been sent is always a prefix of the log's events, each once.
 */
export class Subscription {
  private readonly options: SubscriptionOptions;
  private readonly idBytes: Buffer;
  private readonly ending = new AbortController();
  private seen = BEFORE_ALL;
  private saidCaughtUp = false;
  private member: GroupMember | undefined;

  constructor(options: SubscriptionOptions) {
    this.options = options;
    this.idBytes = idBytes(options.id);
  }

  /** Everything up to here has been sent. */
  get position(): Position {
    return this.member ? this.options.ticket.group.positionOf(this.member) : this.seen;
  }

  /** Runs until `end`. Throws when the log is lost, or its socket stalls. */
  async run(): Promise<void> {
    const { feed, ticket } = this.options;
    const { signal } = this.ending;
    try {
      await feed.ready(signal);
      if (ticket.after === undefined) this.seen = feed.position;
      else await this.resume(ticket.after);
      while (!signal.aborted) {
        await this.readBacklog();
        if (!signal.aborted) await this.live();
        if (!signal.aborted) await this.flow();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      ticket.release();
    }
  }

  end(): void {
    this.ending.abort();
  }

  /** Takes up the token, or says Gap when the log cannot go on from it. */
  private async resume(token: Position): Promise<void> {
    const { store, feed, removals, ticket } = this.options;
    this.seen = token;
    if (token === BEFORE_ALL || (feed.covers(token) && token <= feed.position)) return;
    const head = (await store.head()) ?? 0n;
    if (token > head) {
      this.seen = head;
      this.send([
        new GapType(
          token,
          head,
          `the log ends at ${head}: the token is of another log, or of one restored from an older copy`,
        ),
      ]);
      return;
    }
    const lost = await restoreThatLost(store, token);
    if (lost) {
      this.seen = lost.position;
      const end = lost.after === undefined ? 'was empty' : `ends at ${lost.after}`;
      const reason = `the log was restored from a backup that ${end}: what the subscriber has seen beyond is lost`;
      this.send([new GapType(token, lost.position, reason)]);
      return;
    }
    for await (const { position } of store.readAll({ from: token, maxCount: 1 })) {
      // What is gone for all to see is told by the backlog.
      if (position === token || (await removals.after(token, ticket.group.plan.filter))) return;
      const reason = 'the log no longer has the event of the token: it was scavenged, or the token is of another log';
      this.send([new GapType(token, position, reason)]);
    }
  }

  /** Sends what the log has until the live feed can take over, and says Gap where the log has lost something of it. */
  private async readBacklog(): Promise<void> {
    if (this.options.feed.covers(this.seen)) return;
    const from = this.seen;
    const told = await this.tellRemoved(from, from);
    await this.readLog();
    // Once more: a scavenge may have been ahead of the reader.
    await this.tellRemoved(from, told);
  }

  /** Says Gap when events after `from` are gone, unless it has been `told` that far. Gives how far it is told now. */
  private async tellRemoved(from: Position, told: Position): Promise<Position> {
    const { removals, ticket } = this.options;
    if (this.ending.signal.aborted) return told;
    const removed = await removals.after(from, ticket.group.plan.filter);
    if (!removed || removed.upTo <= told) return told;
    this.send([new GapType(from, removed.upTo, removedText(removed))]);
    return removed.upTo;
  }

  private async readLog(): Promise<void> {
    const { store, feed, ticket } = this.options;
    const { signal } = this.ending;
    const { filter } = ticket.group.plan;
    while (!signal.aborted && !feed.covers(this.seen)) {
      const after = this.seen === BEFORE_ALL ? 'start' : this.seen;
      let ended = true;
      for await (const item of store.subscribe({ after, filter, maxBatch: BACKLOG_BATCH, signal })) {
        if (item.kind === 'events') {
          this.deliver(item.events);
          await this.flow();
        } else this.advance(item.position);
        if (item.kind === 'caught-up' || feed.covers(this.seen)) {
          ended = false;
          break;
        }
      }
      if (ended && !signal.aborted) throw new ApiError('UNAVAILABLE', 'the log has been closed');
    }
  }

  /** Joins the group in one turn with the last look at the feed; resolves when the socket has fallen behind or the subscription ends. */
  private live(): Promise<void> {
    const { feed, ticket, socket } = this.options;
    const { signal } = this.ending;
    this.deliver(feed.after(this.seen));
    this.advance(feed.position);
    if (!this.saidCaughtUp) {
      this.saidCaughtUp = true;
      this.send([new CaughtUpType(this.seen)]);
    }
    return new Promise((resolve, reject) => {
      const out = (position: Position): void => {
        signal.removeEventListener('abort', leave);
        this.member = undefined;
        this.advance(position);
      };
      const member: GroupMember = {
        socket,
        id: this.idBytes,
        seen: this.seen,
        behind: (position) => {
          out(position);
          resolve();
        },
        failed: (error) => {
          out(this.position);
          reject(error as Error);
        },
      };
      const leave = (): void => {
        out(this.position);
        ticket.group.leave(member);
        resolve();
      };
      this.member = member;
      ticket.group.join(member);
      signal.addEventListener('abort', leave);
    });
  }

  private deliver(events: readonly RecordedEvent[]): void {
    if (events.length === 0) return;
    this.send(this.options.ticket.group.plan.items(events));
    this.advance(events.at(-1)!.position);
  }

  private send(items: readonly object[]): void {
    if (items.length === 0) return;
    const { ticket, socket } = this.options;
    const payloads = items.map((item) => ticket.group.encode(item));
    socket.write(new FrameTemplate(payloads, this.idBytes).for(this.idBytes));
  }

  private advance(position: Position | undefined): void {
    if (position !== undefined && position > this.seen) this.seen = position;
  }

  /** Waits for a socket that cannot take more; one that stalls is cut. */
  private async flow(): Promise<void> {
    const { socket, limits } = this.options;
    await socket.drained(limits.socketBufferBytes / BACKLOG_BUFFER_SHARE, limits.stallMs);
  }
}
