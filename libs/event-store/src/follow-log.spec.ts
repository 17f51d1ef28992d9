import { expect, test } from 'vitest';
import type { Position, RecordedEvent, SubscriptionItem } from './event-store.port.js';
import { followLog, type ReadPage } from './follow-log.js';
import { LiveTail } from './live-tail.js';

const at = (position: bigint): RecordedEvent => ({
  id: `id-${position}`,
  type: 'T',
  data: {},
  metadata: { time: 0 },
  stream: 's',
  revision: position,
  position,
  recordedAt: 0,
});

/** A log of which the tail keeps four events; `reads` are the cursors it was read from. */
const makeLog = (): {
  tail: LiveTail<RecordedEvent>;
  write: (...p: bigint[]) => void;
  readPage: ReadPage<RecordedEvent>;
  reads: (Position | undefined)[];
} => {
  const log: RecordedEvent[] = [];
  const tail = new LiveTail<RecordedEvent>({ head: undefined, maxEvents: 4 });
  const reads: (Position | undefined)[] = [];
  return {
    tail,
    reads,
    write: (...positions) => {
      log.push(...positions.map(at));
      tail.publish(positions.map(at), positions.length);
    },
    readPage: async (cursor, _, limit) => {
      reads.push(cursor);
      const events = log.filter((e) => cursor === undefined || e.position > cursor).slice(0, limit);
      return { events, scannedTo: events.length === limit ? events.at(-1)!.position : log.at(-1)?.position };
    },
  };
};

const summary = (item: SubscriptionItem | undefined): unknown =>
  item?.kind === 'events' ? item.events.map(({ position }) => position) : item && { caughtUp: item.position };

const puller = (items: AsyncIterable<SubscriptionItem>): (() => Promise<unknown>) => {
  const iterator = items[Symbol.asyncIterator]();
  return async () => {
    const { done, value } = await iterator.next();
    return done ? 'ended' : summary(value);
  };
};

test('a reader that keeps up is served from memory and told once that it has caught up', async () => {
  const { tail, write, readPage, reads } = makeLog();
  const pull = puller(followLog(tail, readPage, { after: 'start' }));
  expect(await pull()).toEqual({ caughtUp: undefined });
  write(1n, 2n);
  expect(await pull()).toEqual([1n, 2n]);
  const waiting = pull();
  write(3n);
  expect(await waiting).toEqual([3n]);
  expect(reads).toEqual([]);
});

test('a reader that falls behind reads the log, comes back to memory, and is told again', async () => {
  const { tail, write, readPage, reads } = makeLog();
  const pull = puller(followLog(tail, readPage, { after: 'start', maxBatch: 3 }));
  expect(await pull()).toEqual({ caughtUp: undefined });
  write(1n);
  expect(await pull()).toEqual([1n]);
  write(2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n);
  expect(await pull()).toEqual([2n, 3n, 4n]);
  expect(await pull()).toEqual([5n, 6n, 7n]);
  expect(await pull()).toEqual([8n, 9n]);
  expect(await pull()).toEqual({ caughtUp: 9n });
  expect(reads).toEqual([1n, 4n]);
});

test('events that are durable but not yet published are not handed over twice', async () => {
  const { tail, write, readPage } = makeLog();
  write(1n, 2n, 3n, 4n, 5n);
  const ahead: ReadPage<RecordedEvent> = async (cursor, filter, limit) => {
    const page = await readPage(cursor, filter, limit);
    return { events: [...page.events, at(6n)], scannedTo: 6n };
  };
  const pull = puller(followLog(tail, ahead, { after: 'start' }));
  expect(await pull()).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
  expect(await pull()).toEqual({ caughtUp: 6n });
  write(6n, 7n);
  expect(await pull()).toEqual([7n]);
});

test('a page may look through a part of the log and find nothing: the next one goes on from there', async () => {
  const { tail, write } = makeLog();
  write(1n, 2n, 3n, 4n, 5n, 6n, 7n);
  const cursors: (Position | undefined)[] = [];
  const twoAtATime: ReadPage<RecordedEvent> = async (cursor = 0n) => {
    cursors.push(cursor);
    return { events: [], scannedTo: cursor + 2n };
  };
  const pull = puller(followLog(tail, twoAtATime, { after: 'start', filter: { types: ['Rare'] } }));
  expect(await pull()).toEqual({ caughtUp: 7n });
  expect(cursors).toEqual([0n, 2n]);
});

test('who is behind is told how far the log has been read for it, when it has taken what was found', async () => {
  const { tail, write, readPage } = makeLog();
  write(1n, 2n, 3n, 4n, 5n, 6n, 7n);
  const told: Position[] = [];
  const onBacklog = (position: Position): void => void told.push(position);
  const pull = puller(followLog(tail, readPage, { after: 'start', maxBatch: 2, onBacklog }));
  expect(await pull()).toEqual([1n, 2n]);
  expect(told).toEqual([]);
  expect(await pull()).toEqual([3n, 4n]);
  expect(told).toEqual([2n]);
  await pull();
  await pull();
  expect(await pull()).toEqual({ caughtUp: 7n });
  expect(told, 'from memory nothing is told').toEqual([2n, 4n]);
});

test('a page that knows less of the log than its reader does not take it back', async () => {
  const { tail, write, readPage } = makeLog();
  write(1n, 2n, 3n);
  const scans: (Position | undefined)[] = [3n, 1n, undefined, 6n];
  const behind: ReadPage<RecordedEvent> = async (cursor, filter, limit) => {
    const { events } = await readPage(cursor, filter, limit);
    return { events: scans.length === 4 || scans.length === 1 ? events : [], scannedTo: scans.shift() };
  };
  const pull = puller(followLog(tail, behind, { after: 'start', maxBatch: 3 }));
  write(4n, 5n, 6n, 7n, 8n, 9n);
  expect(await pull()).toEqual([1n, 2n, 3n]);
  expect(await pull()).toEqual([4n, 5n, 6n]);
  expect(await pull()).toEqual([7n, 8n, 9n]);
  expect(await pull()).toEqual({ caughtUp: 9n });
});

test('a lost log throws, to the reader that waits and to the next one', async () => {
  const { tail, readPage } = makeLog();
  const pull = puller(followLog(tail, readPage, { after: 'start' }));
  await pull();
  const waiting = pull();
  tail.fail(new Error('the log is lost'));
  await expect(waiting).rejects.toThrow('the log is lost');
  await expect(puller(followLog(tail, readPage, { after: 'start' }))()).rejects.toThrow('the log is lost');
});

test('a page that cannot be read throws; not when the log has just been closed', async () => {
  const { tail, write } = makeLog();
  write(1n, 2n, 3n, 4n, 5n);
  const broken: ReadPage<RecordedEvent> = () => Promise.reject(new Error('bad sector'));
  await expect(puller(followLog(tail, broken, { after: 'start' }))()).rejects.toThrow('bad sector');
  const closing: ReadPage<RecordedEvent> = () => {
    tail.close();
    return Promise.reject(new Error('closed under the reader'));
  };
  expect(await puller(followLog(tail, closing, { after: 'start' }))()).toBe('ended');
});

test('aborting while a page is read ends the subscription', async () => {
  const { tail, write, readPage } = makeLog();
  write(1n, 2n, 3n, 4n, 5n);
  const abort = new AbortController();
  const aborting: ReadPage<RecordedEvent> = (...args) => {
    abort.abort();
    return readPage(...args);
  };
  expect(await puller(followLog(tail, aborting, { after: 'start', signal: abort.signal }))()).toBe('ended');
});
