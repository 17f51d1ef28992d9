import type { Position, RecordedEvent } from '@millwright/event-store';
import type { ClientSocket } from '../socket/client-socket.js';
import { FrameTemplate, payloadOf, type Payload } from '../socket/frame.js';
import type { StreamPlan } from './stream-plan.js';

/** Frames are collected so long before they are sent together. */
const FLUSH_MS = 5;
/** So many waiting bytes are sent at once. */
const FLUSH_BYTES = 262_144;

/** One live subscriber of a group. */
export interface GroupMember {
  readonly socket: ClientSocket;
  /** JSON of the id of its operation. */
  readonly id: Buffer;
  /** Everything up to here it has. */
  seen: Position;
  /** Told when its socket could not keep up; it has been taken out, and has everything up to the position. */
  behind(position: Position): void;
  /** Told when an event cannot be made an item; it has been taken out. */
  failed(error: unknown): void;
}

/**
 * Identical subscriptions. Each event is filtered, executed and encoded once for all of them; a socket costs a copy of the bytes with
 * its own id in them.
 */
export class SubscriptionGroup {
  readonly plan: StreamPlan;
  /** Items executed and encoded so far. */
  encoded = 0;
  private readonly execute: (item: object) => string;
  private readonly members = new Set<GroupMember>();
  /** Members that have read further than the live feed. */
  private readonly ahead = new Set<GroupMember>();
  private waiting: Payload[] = [];
  private waitingBytes = 0;
  private timer: NodeJS.Timeout | undefined;
  /** Members have everything up to here. */
  private flushed: Position;
  /** The feed has told everything up to here. */
  private told: Position;

  /** `execute` gives the JSON of the result for one item; `position` is where the live feed stands. */
  constructor(plan: StreamPlan, execute: (item: object) => string, position: Position) {
    this.plan = plan;
    this.execute = execute;
    this.flushed = this.told = position;
  }

  encode(item: object): Payload {
    this.encoded++;
    return payloadOf(this.execute(item));
  }

  /** In the turn in which the member has been given everything that the feed has told. */
  join(member: GroupMember): void {
    this.flush();
    if (member.seen > this.told) this.ahead.add(member);
    else this.members.add(member);
  }

  leave(member: GroupMember): void {
    this.members.delete(member);
    this.ahead.delete(member);
    if (this.members.size > 0) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting = [];
    this.waitingBytes = 0;
    this.flushed = this.told;
  }

  /** Up to where the member has been sent everything. */
  positionOf({ seen }: GroupMember): Position {
    return seen > this.flushed ? seen : this.flushed;
  }

  /** Ends every member: an event that cannot be told must not be skipped in silence. */
  fail(error: unknown): void {
    this.flush();
    for (const member of [...this.members, ...this.ahead]) {
      this.leave(member);
      member.failed(error);
    }
  }

  /** The next events of the live feed. */
  publish(events: readonly RecordedEvent[]): void {
    const position = events.at(-1)!.position;
    const reached = this.ahead.size > 0 ? this.catchUpWithAhead(events) : [];
    if (this.members.size > 0) {
      for (const item of this.plan.items(events)) {
        const payload = this.encode(item);
        this.waiting.push(payload);
        this.waitingBytes += payload.bytes;
      }
    }
    this.told = position;
    if (reached.length > 0) {
      this.flush();
      for (const member of reached) this.members.add(member);
    }
    if (this.waiting.length === 0) this.flushed = position;
    else if (this.waitingBytes >= FLUSH_BYTES) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const payloads = this.waiting;
    this.waiting = [];
    this.waitingBytes = 0;
    const before = this.flushed;
    this.flushed = this.told;
    if (payloads.length === 0) return;
    const templates = new Map<number, FrameTemplate>();
    for (const member of [...this.members]) {
      const { socket, id } = member;
      if (socket.isBehind) {
        this.members.delete(member);
        member.behind(member.seen > before ? member.seen : before);
        continue;
      }
      let template = templates.get(id.length);
      if (!template) templates.set(id.length, (template = new FrameTemplate(payloads, id)));
      socket.write(template.for(id));
    }
  }

  /** The members that the feed reaches with these events get what is new to them, on their own. */
  private catchUpWithAhead(events: readonly RecordedEvent[]): GroupMember[] {
    const position = events.at(-1)!.position;
    const reached = [...this.ahead].filter((member) => member.seen <= position);
    for (const member of reached) {
      this.ahead.delete(member);
      const fresh = events.filter((event) => event.position > member.seen);
      const payloads = this.plan.items(fresh).map((item) => this.encode(item));
      if (payloads.length > 0) member.socket.write(new FrameTemplate(payloads, member.id).for(member.id));
      member.seen = position;
    }
    return reached;
  }
}
