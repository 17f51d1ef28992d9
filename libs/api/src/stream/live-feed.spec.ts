import { randomUUID } from 'node:crypto';
import { EventStoreError, type RecordedEvent, type SubscribeOptions } from '@millwright/event-store';
import { MemoryEventStore } from '@millwright/event-store/testing';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApiOptions } from '../api-options.js';
import { BEFORE_ALL, LiveFeed } from './live-feed.js';

/** A log that is lost when told so, and back at the next call. */
class LosableStore extends MemoryEventStore {
  private controller = new AbortController();
  headFails = 0;

  lose(): void {
    this.controller.abort();
    this.controller = new AbortController();
  }
  override async head(): Promise<bigint | undefined> {
    if (this.headFails-- > 0) throw new EventStoreError('unavailable', 'the disk is gone');
    return super.head();
  }
  override async *subscribe(
    options: SubscribeOptions,
  ): ReturnType<MemoryEventStore['subscribe']> extends AsyncIterable<infer I> ? AsyncGenerator<I> : never {
    const { signal } = this.controller;
    const either = AbortSignal.any([signal, options.signal!]);
    yield* super.subscribe({ ...options, signal: either });
    if (signal.aborted) throw new EventStoreError('unavailable', 'the disk is gone');
  }
}

const store = (): LosableStore => new LosableStore();
let log: LosableStore;
let feed: LiveFeed;
let ending: AbortController;
let running: Promise<void>;
let seen: RecordedEvent[];

const begin = (): void => {
  feed = new LiveFeed({ store: log } as unknown as ApiOptions);
  seen = [];
  feed.onEvents((events) => seen.push(...events));
  ending = new AbortController();
  running = feed.run(ending.signal);
};
const write = async (count = 1): Promise<bigint> => {
  let position = BEFORE_ALL;
  for (let i = 0; i < count; i++) {
    const event = { id: randomUUID(), type: 'TimeAdvanced', data: {}, metadata: { time: 0 } };
    ({ position } = await log.append('asset-a', 'any', [event]));
  }
  return position;
};

beforeEach(() => {
  log = store();
  vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});
afterEach(async () => {
  ending.abort();
  await running;
  vi.restoreAllMocks();
});

describe('the live feed', () => {
  it('begins at the head, and tells what comes', async () => {
    const before = await write(3);
    begin();
    await feed.ready(ending.signal);
    expect(feed.position).toBe(before);
    expect([feed.covers(before), feed.covers(before - 1n)]).toEqual([true, false]);
    const next = await write();
    await expect.poll(() => feed.position).toBe(next);
    expect(seen.map(({ position }) => position)).toEqual([next]);
    expect(feed.after(before)).toEqual(seen);
    expect(feed.after(next)).toEqual([]);
  });

  it('in an empty log covers everything', async () => {
    begin();
    await feed.ready(ending.signal);
    expect([feed.position, feed.covers(BEFORE_ALL)]).toEqual([BEFORE_ALL, true]);
    await write(2);
    await expect.poll(() => feed.after(BEFORE_ALL).length).toBe(2);
  });

  it('remembers a bounded number of events, without a hole', async () => {
    begin();
    await feed.ready(ending.signal);
    const first = await write();
    const last = await write(5_000);
    await expect.poll(() => feed.position).toBe(last);
    expect(feed.covers(first)).toBe(false);
    const kept = feed.after(BEFORE_ALL);
    expect(kept.length).toBeLessThanOrEqual(1_024);
    expect(kept).toEqual(seen.slice(-kept.length));
    const justBefore = seen.at(-kept.length - 1)!.position;
    expect([feed.covers(justBefore), feed.covers(justBefore - 1n)]).toEqual([true, false]);
  });

  it('takes a lost log up again where it ended, says so meanwhile, and tells each event once', async () => {
    begin();
    await feed.ready(ending.signal);
    await write(2);
    await expect.poll(() => seen.length).toBe(2);
    log.lose();
    await expect
      .poll(() => feed.health())
      .toMatchObject({ state: 'degraded', detail: expect.stringContaining('the disk is gone') });
    const last = await write(2);
    await expect.poll(() => feed.position).toBe(last);
    expect(seen).toHaveLength(4);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(4);
    expect(feed.health().state).toBe('up');
  });

  it('waits for a log that is not there at the start', async () => {
    log.headFails = 2;
    begin();
    await feed.ready(ending.signal);
    const position = await write();
    await expect.poll(() => feed.position).toBe(position);
  });

  it('whoever waits for it is released when it gives up', async () => {
    log.headFails = Infinity;
    begin();
    const waiting = feed.ready(ending.signal);
    ending.abort(new Error('closing'));
    await expect(waiting).rejects.toThrow('closing');
  });
});
