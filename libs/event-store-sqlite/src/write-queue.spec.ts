import { randomUUID } from 'node:crypto';
import {
  checkAppend,
  encodeAppend,
  EventStoreError,
  type AppendResult,
  type NewEvent,
  type LogRecord,
} from '@millwright/event-store';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { OperationGroup, Outcome } from './messages.js';
import { WriteQueue, type WriteQueueOptions } from './write-queue.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

interface Committing {
  readonly group: OperationGroup;
  succeed(): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** A queue over a disk that the test moves by hand. */
const makeQueue = (options: Partial<WriteQueueOptions> = {}) => {
  const groups: Committing[] = [];
  const published: LogRecord[] = [];
  let position = 0;
  const settle = async (): Promise<void> => void (await new Promise(setImmediate));
  const queue = new WriteQueue({
    commit: (group) =>
      new Promise((resolve, reject) => {
        const outcomes = (): Outcome[] =>
          group.operations.map(({ count }) => ({
            kind: 'written',
            revision: position,
            position: (position += count) - count,
          }));
        groups.push({
          group,
          succeed: () => (resolve(outcomes()), settle()),
          fail: (error) => (reject(error), settle()),
        });
      }),
    publish: (events) => published.push(...events),
    toError: (action, error) => new EventStoreError('unavailable', `${action}: ${(error as Error).message}`),
    refusal: () => undefined,
    onFault: () => undefined,
    now: () => 1_000.7,
    recordedAt: 0,
    deadlineMs: 100,
    maxAppends: 1_000,
    maxBytes: 1_000_000,
    ...options,
  });
  const add = async (stream: string, data: object = {}): Promise<AppendResult> => {
    const events: NewEvent[] = [{ id: randomUUID(), type: 'T', data, metadata: { time: 1 } }];
    const records = encodeAppend(stream, events);
    const bytes = checkAppend(stream, records);
    return (await queue.add({ kind: 'append', stream, expected: 'any', records, bytes }))!;
  };
  const streams = (): string[][] => groups.map(({ group }) => group.operations.map(({ stream }) => stream));
  return { queue, add, groups, streams, published, settle };
};

const code = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'fulfilled',
    (e: EventStoreError) => e.code,
  );

test('appends of one turn go together; what arrives during a commit goes together in the next', async () => {
  const { add, streams, groups, settle } = makeQueue();
  const first = [add('a'), add('b')];
  await settle();
  const second = [add('c')];
  await settle();
  second.push(add('d'), add('a'));
  expect(streams()).toEqual([['a', 'b']]);
  await groups[0]!.succeed();
  expect(await Promise.all(first)).toEqual([
    { revision: 0n, position: 0n },
    { revision: 1n, position: 1n },
  ]);
  expect(streams()).toEqual([
    ['a', 'b'],
    ['c', 'd', 'a'],
  ]);
  await groups[1]!.succeed();
  expect((await Promise.all(second)).map(({ position }) => position)).toEqual([2n, 3n, 4n]);
});

test('a group is bounded by bytes', async () => {
  const { add, streams, groups, settle } = makeQueue({ maxBytes: 64 * 1024 * 1024 });
  const large = { text: 'x'.repeat(1_000_000) };
  void Promise.all(Array.from('abcdefg', (stream) => add(stream, large)));
  await settle();
  expect(streams()).toEqual([['a', 'b', 'c', 'd', 'e']]);
  await groups[0]!.succeed();
  expect(streams()[1]).toEqual(['f', 'g']);
});

test('live readers get the objects that were appended, before the appender hears of it', async () => {
  const { add, groups, published, settle } = makeQueue();
  const data = { value: 1 };
  let heard: number | undefined;
  const append = add('a', data).then(() => (heard = published.length));
  await settle();
  await groups[0]!.succeed();
  await append;
  expect(heard).toBe(1);
  expect(published[0]!.parsed!.data).toBe(data);
  expect(published[0]).toMatchObject({ stream: 'a', type: 'T', revision: 0n, position: 0n, recordedAt: 1_000 });
});

test('a group that fails rejects its appends, is the fault of the moment, and the next one is tried', async () => {
  const { queue, add, groups, settle } = makeQueue();
  const failing = [code(add('a')), code(add('b'))];
  await settle();
  const next = add('c');
  await groups[0]!.fail(new Error('no room'));
  expect(await Promise.all(failing)).toEqual(['unavailable', 'unavailable']);
  expect(queue.lastFault?.message).toBe('append: no room');
  await groups[1]!.succeed();
  await next;
  expect(queue.lastFault).toBeUndefined();
});

test('while nothing can be written, what waits and what comes is refused at once, and afterwards all goes on', async () => {
  let refusal: EventStoreError | undefined;
  const full = new EventStoreError('disk-full', 'the disk is full');
  const { queue, add, groups, streams, settle } = makeQueue({
    toError: (_, error) => error as EventStoreError,
    refusal: () => refusal,
    onFault: (error) => (refusal = error),
  });
  const refused = [code(add('a'))];
  await settle();
  refused.push(code(add('b')));
  await settle();
  await groups[0]!.fail(full);
  expect(await Promise.all(refused)).toEqual(['disk-full', 'disk-full']);
  await expect(add('c')).rejects.toThrow('append to "c" is refused for the moment: the disk is full');
  expect(queue.size).toBe(0);
  refusal = undefined;
  const next = add('d');
  await settle();
  await groups[1]!.succeed();
  await next;
  expect(streams()).toEqual([['a'], ['d']]);
});

test('deletions keep their place among appends', async () => {
  const { queue, add, groups, settle } = makeQueue();
  void add('a');
  const deleted = queue.add({ kind: 'delete', stream: 'a', expected: 0n, records: [], bytes: 0 });
  void add('a');
  await settle();
  expect(groups[0]!.group.operations).toEqual([
    { kind: 'append', stream: 'a', expected: 'any', count: 1 },
    { kind: 'delete', stream: 'a', expected: 0, count: 0 },
    { kind: 'append', stream: 'a', expected: 'any', count: 1 },
  ]);
  expect([...groups[0]!.group.types]).toEqual([0, 0]);
  await groups[0]!.succeed();
  await deleted;
});

test('more than may wait is refused: by number, and by bytes', async () => {
  const few = makeQueue({ maxAppends: 2 });
  void few.add('a');
  void few.add('b');
  expect(await code(few.add('c'))).toBe('overloaded');
  await few.groups[0]!.succeed();
  void few.add('d');
  await few.settle();
  expect(few.streams()).toEqual([['a', 'b'], ['d']]);

  const small = makeQueue({ maxBytes: 150 });
  const large = { text: 'x'.repeat(100) };
  void small.add('a', large);
  await expect(small.add('b', large)).rejects.toThrow(
    /append to "b": 1 appends of 123 bytes are waiting, at most 1000 of 150 bytes may/,
  );
  await small.groups[0]!.succeed();
  void small.add('c', large);
  await small.settle();
  expect(small.streams()).toEqual([['a'], ['c']]);
});

test('at its deadline an append rejects; one that still waits is never written, one under way is published when it comes', async () => {
  const { queue, add, groups, streams, published, settle } = makeQueue();
  const underWay = code(add('a'));
  await settle();
  const waiting = code(add('b'));
  vi.advanceTimersByTime(60);
  const young = add('c');
  vi.advanceTimersByTime(40);
  expect(await underWay).toBe('deadline-exceeded');
  expect(await waiting).toBe('deadline-exceeded');
  expect(queue.size).toBe(2);
  expect(queue.waitedMs).toBe(100);
  await groups[0]!.succeed();
  expect(published.map(({ stream }) => stream)).toEqual(['a']);
  expect(streams()).toEqual([['a'], ['c']]);
  await groups[1]!.succeed();
  expect((await young).position).toBe(1n);
});

test('what was dropped at its deadline makes room', async () => {
  const { add, streams, groups, settle } = makeQueue({ maxBytes: 250 });
  const large = { text: 'x'.repeat(90) };
  const late = [code(add('a', large))];
  await settle();
  late.push(code(add('b', large)));
  expect(await code(add('c', large))).toBe('overloaded');
  vi.advanceTimersByTime(100);
  expect(await Promise.all(late)).toEqual(['deadline-exceeded', 'deadline-exceeded']);
  void add('d', large);
  await groups[0]!.succeed();
  expect(streams()).toEqual([['a'], ['d']]);
});

test('each append has its own deadline', async () => {
  const { add, settle } = makeQueue();
  const outcomes: unknown[] = [];
  void code(add('a')).then((c) => outcomes.push(['a', c]));
  vi.advanceTimersByTime(50);
  void code(add('b')).then((c) => outcomes.push(['b', c]));
  vi.advanceTimersByTime(50);
  await settle();
  expect(outcomes).toEqual([['a', 'deadline-exceeded']]);
  vi.advanceTimersByTime(50);
  await settle();
  expect(outcomes).toEqual([
    ['a', 'deadline-exceeded'],
    ['b', 'deadline-exceeded'],
  ]);
});

test('settled waits for every append to be answered or late', async () => {
  const { queue, add, groups, settle } = makeQueue();
  await queue.settled();
  void code(add('a'));
  await settle();
  void code(add('b'));
  let settled = false;
  const done = queue.settled().then(() => (settled = true));
  await groups[0]!.succeed();
  expect(settled).toBe(false);
  vi.advanceTimersByTime(100);
  await done;
});

test('recordedAt never falls, neither from group to group nor from the log’s last event', async () => {
  const times = [500, 3_000, 2_000];
  const { add, groups, settle } = makeQueue({ recordedAt: 1_000, now: () => times.shift()! });
  for (let i = 0; i < 3; i++) {
    void add('a');
    await settle();
    await groups[i]!.succeed();
  }
  expect(groups.map(({ group }) => group.recordedAt)).toEqual([1_000, 3_000, 3_000]);
});
