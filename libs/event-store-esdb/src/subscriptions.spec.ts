import { status } from '@grpc/grpc-js';
import type { Position, SubscribeOptions, SubscriptionItem, LogRecord } from '@millwright/event-store';
import { afterEach, describe, expect, test } from 'vitest';
import { until } from './until.fixture.js';
import { keepHeartbeat } from './heartbeat.js';
import { EsdbReader } from './reader.js';
import { FakeLog } from './fake-log.fixture.js';
import { Subscriptions } from './subscriptions.js';

const DEADLINE_MS = 30_000;
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Rig {
  readonly log = new FakeLog();
  readonly reader: EsdbReader;
  readonly all: Subscriptions;
  acknowledged: Position | undefined;
  scavenges = 0;

  constructor({ deadlineMs = DEADLINE_MS, lingerMs = DEADLINE_MS, maxEvents = 100 } = {}) {
    const shared = { connection: this.log.connection, deadlineMs, pause };
    this.reader = new EsdbReader(shared);
    this.all = new Subscriptions({
      ...shared,
      reader: this.reader,
      tail: { maxEvents },
      lingerMs,
      acknowledged: () => this.acknowledged,
      onScavenged: () => this.scavenges++,
    });
  }

  follow(options: SubscribeOptions): Follower {
    return new Follower(this.all.subscribe(options));
  }

  close(): void {
    this.all.close();
    this.log.connection.close();
  }
}

/** Pulls as fast as it can. */
class Follower {
  readonly seen: number[] = [];
  readonly caughtUpAt: (number | undefined)[] = [];
  readonly items: AsyncIterator<SubscriptionItem<LogRecord>>;
  readonly done: Promise<void>;

  constructor(items: AsyncIterable<SubscriptionItem<LogRecord>>) {
    this.items = items[Symbol.asyncIterator]();
    this.done = this.pull();
  }

  async untilSeen(count: number): Promise<void> {
    await until(() => this.seen.length >= count);
  }

  async untilCaughtUp(): Promise<void> {
    await until(() => this.caughtUpAt.length > 0);
  }

  private async pull(): Promise<void> {
    for (;;) {
      const { done, value } = await this.items.next();
      if (done) return;
      if (value.kind === 'events') this.seen.push(...value.events.map(({ revision }) => Number(revision)));
      else this.caughtUpAt.push(value.position === undefined ? undefined : Number(value.position));
    }
  }
}

const upTo = (last: number, from = 1): number[] => Array.from({ length: last + 1 - from }, (_, n) => from + n);
const open: Rig[] = [];
const rig = (options?: ConstructorParameters<typeof Rig>[0]): Rig => {
  open.push(new Rig(options));
  return open.at(-1)!;
};
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

describe('subscriptions', () => {
  test('share one feed; without any there is none', async () => {
    const { log, all } = rig();
    log.append(3);
    expect([all.feed, log.reads.length]).toEqual([undefined, 0]);
    const followers = [1, 2, 3].map(() => new Follower(all.subscribe({ after: 'start' })));
    for (const follower of followers) await follower.untilCaughtUp();
    await until(() => log.subscriptions.length === 1);
    log.append(2);
    for (const follower of followers) {
      await follower.untilSeen(5);
      expect([follower.seen, follower.caughtUpAt]).toEqual([upTo(5), [30]]);
    }
    expect(log.subscriptions).toHaveLength(1);
  });

  test('leave the feed, which goes when it has lingered, and comes back with the next', async () => {
    const { log, all } = rig({ lingerMs: 20 });
    log.append(1);
    const follower = new Follower(all.subscribe({ after: 'end' }));
    await follower.untilCaughtUp();
    await until(() => log.subscriptions.length === 1);
    await follower.items.return!();
    await until(() => all.feed === undefined && log.subscriptions.length === 0);
    log.append(2);
    const later = new Follower(all.subscribe({ after: 10n }));
    await later.untilSeen(2);
    await until(() => log.subscriptions.length === 1);
    expect(later.seen).toEqual([2, 3]);
  });

  test('from the end begin where the log is then, however late they are pulled, and appends wait for it', async () => {
    const { log, all } = rig();
    log.append(4);
    const items = all.subscribe({ after: 'end' });
    const gate = all.gate();
    expect(gate).toBeDefined();
    await gate;
    expect(all.gate()).toBeUndefined();
    log.append(2);
    const follower = new Follower(items);
    await follower.untilSeen(2);
    expect(follower.seen).toEqual([5, 6]);
    const late = all.subscribe({ after: 'end' });
    log.append(1);
    const second = new Follower(late);
    await second.untilSeen(1);
    expect(second.seen).toEqual([7]);
  });

  test('do not say caught up before what this process has been told', async () => {
    const one = rig();
    one.log.append(2);
    await one.follow({ after: 'start' }).untilCaughtUp();
    await until(() => one.log.subscriptions.length === 1);
    one.acknowledged = 30n;
    const follower = one.follow({ after: 20n });
    const waiting = new Follower(one.all.subscribe({ after: 'end' }));
    one.log.append(1);
    await follower.untilCaughtUp();
    await waiting.untilCaughtUp();
    expect([follower.seen, follower.caughtUpAt]).toEqual([[3], [30]]);
    expect([waiting.seen, waiting.caughtUpAt]).toEqual([[], [30]]);
  });

  test.each([
    ['breaks', (log: FakeLog): void => void log.subscriptions[0]!.fail(status.UNAVAILABLE)],
    ['ends', (log: FakeLog): void => void log.subscriptions[0]!.finish()],
    ['is refused for now', (log: FakeLog): void => void log.subscriptions[0]!.fail(status.PERMISSION_DENIED)],
  ])('go on without gap or repeat when the feed %s', async (_, happens) => {
    const { log, all } = rig();
    log.append(3);
    log.repeats = 2;
    const follower = new Follower(all.subscribe({ after: 'start' }));
    for (let round = 1; round <= 4; round++) {
      await until(() => log.subscriptions.length === 1);
      happens(log);
      log.append(2);
      await follower.untilSeen(3 + 2 * round);
    }
    expect(follower.seen).toEqual(upTo(11));
    await until(() => all.feed!.fault === undefined);
  });

  test('that are slow read what they have missed from the server', async () => {
    const { log, all } = rig({ maxEvents: 4 });
    log.append(3);
    const items = all.subscribe({ after: 'start', maxBatch: 2 })[Symbol.asyncIterator]();
    const seen: number[] = [];
    const pull = async (): Promise<void> => {
      const { value } = (await items.next()) as { value: SubscriptionItem<LogRecord> };
      if (value.kind === 'events') seen.push(...value.events.map(({ revision }) => Number(revision)));
    };
    await pull();
    await until(() => log.subscriptions.length === 1);
    log.append(40);
    while (seen.length < 43) await pull();
    expect(seen).toEqual(upTo(43));
    await items.return!();
  });

  test('end at once when they are given up, aborted or closed, though the server is silent', async () => {
    const one = rig();
    one.log.append(5);
    await one.follow({ after: 'start' }).untilCaughtUp();
    one.log.silent = true;
    const abort = new AbortController();
    const aborted = one.follow({ after: 'start', filter: { types: ['T'] }, signal: abort.signal });
    const given = one.follow({ after: 'start', filter: { types: ['T'] } });
    const closed = one.follow({ after: 'start', filter: { types: ['T'] } });
    const before = performance.now();
    await until(() => one.log.reads.filter(({ request }) => request.getOptions()!.hasFilter()).length === 3);
    abort.abort();
    await aborted.done;
    await given.items.return!();
    await given.done;
    one.close();
    await closed.done;
    expect(performance.now() - before).toBeLessThan(DEADLINE_MS / 2);
  });

  test('that are asked for while the server is away begin when it is back', async () => {
    const { log, all } = rig({ deadlineMs: 50 });
    log.append(2);
    log.silent = true;
    const follower = new Follower(all.subscribe({ after: 'start' }));
    await until(() => log.connection.fault !== undefined);
    log.silent = false;
    await follower.untilCaughtUp();
    expect(follower.seen).toEqual([1, 2]);
  });

  test('hear of a scavenge', async () => {
    const one = rig();
    const follower = one.follow({ after: 'start' });
    await follower.untilCaughtUp();
    await until(() => one.log.subscriptions.length === 1);
    one.log.append(1, '$scavengeCompleted');
    await follower.untilSeen(1);
    expect(one.scavenges).toBe(1);
  });
});

describe('a heartbeat', () => {
  const beat = (one: Rig, deadlineMs: number): AbortController => {
    const stop = new AbortController();
    void keepHeartbeat({
      connection: one.log.connection,
      reader: one.reader,
      feed: () => one.all.feed,
      everyMs: 20,
      deadlineMs,
      pause,
      stopped: stop.signal,
    });
    return stop;
  };

  test('finds a feed that brings nothing though the log goes on, and begins it again', async () => {
    const one = rig();
    one.log.append(2);
    const follower = one.follow({ after: 'start' });
    await follower.untilCaughtUp();
    await until(() => one.log.subscriptions.length === 1);
    one.log.deaf = true;
    one.log.append(3);
    const stop = beat(one, DEADLINE_MS);
    await follower.untilSeen(5);
    stop.abort();
    expect(follower.seen).toEqual(upTo(5));
  });

  test('leaves a feed alone that is only quiet', async () => {
    const one = rig();
    one.log.append(2);
    await one.follow({ after: 'start' }).untilCaughtUp();
    await until(() => one.log.subscriptions.length === 1);
    const [feed] = one.log.subscriptions;
    const before = one.log.reads.length;
    const stop = beat(one, DEADLINE_MS);
    await until(() => one.log.reads.length >= before + 5);
    stop.abort();
    expect(one.log.subscriptions).toEqual([feed]);
  });

  test('finds a silent server out though nobody wants anything of it, and that it is back', async () => {
    const one = rig();
    one.log.silent = true;
    const stop = beat(one, 30);
    await until(() => one.log.connection.fault?.error.code === 'deadline-exceeded');
    one.log.silent = false;
    await until(() => one.log.connection.fault === undefined);
    stop.abort();
  });

  test('finds out that the server lets it in no more', async () => {
    const one = rig();
    one.log.onRead = (call) => void call.fail(status.UNAUTHENTICATED);
    const stop = beat(one, DEADLINE_MS);
    await until(() => one.log.connection.fault?.error.code === 'access-denied');
    stop.abort();
  });
});
