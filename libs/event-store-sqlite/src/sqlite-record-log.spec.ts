import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreError, type EventStore, type NewEvent } from '@millwright/event-store';
import { collect, rejection } from '@millwright/event-store/testing';
import { openDatabase } from '@millwright/sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  openSqliteEventStore,
  openSqliteEventStoreReader,
  openSqliteLog,
  type SqliteEventStoreOptions,
} from './open.js';
import type { LogSession } from './log-session.js';
import { SqliteRecordLog } from './sqlite-record-log.js';

let dir: string;
let path: string;
const opened: { close(): Promise<void> }[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millwright-log-'));
  path = join(dir, 'log.db');
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  rmSync(dir, { recursive: true });
});

const open = async (options: Partial<SqliteEventStoreOptions> = {}): Promise<EventStore> => {
  const store = await openSqliteEventStore({ path, lockWaitMs: 0, ...options });
  opened.push(store);
  return store;
};
/** With a hand on its threads. */
const openWithSession = async (): Promise<{ store: EventStore; session: LogSession }> => {
  const { events: store, records } = await openSqliteLog({ path, lockWaitMs: 0 });
  opened.push(store);
  return { store, session: (records as SqliteRecordLog)['session']! };
};
const newEvents = (count: number, data: object = {}): NewEvent[] =>
  Array.from({ length: count }, () => ({ id: randomUUID(), type: 'Happened', data, metadata: { time: 1 } }));
/** Repeats a call that misses its deadline, as callers do. */
const untilInTime = async <T>(call: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if ((error as EventStoreError).code !== 'deadline-exceeded') throw error;
    }
  }
};

describe('opened again', () => {
  test('it has everything, and goes on: positions, revisions, recordedAt', async () => {
    const before = await open({ now: () => 5_000 });
    const events = newEvents(3);
    await before.append('s', 'no-stream', events.slice(0, 2));
    const all = await collect(before.readAll());
    await before.close();
    const after = await open({ now: () => 1_000 });
    expect(await after.head()).toBe(all[1]!.position);
    expect(await after.append('s', 1n, events)).toMatchObject({ revision: 2n });
    const log = await collect(after.readAll());
    expect(log.slice(0, 2)).toEqual(all);
    expect(log.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
    expect(log[2]!.recordedAt).toBe(5_000);
  });

  test('a folder that is not there is made', async () => {
    path = join(dir, 'new', 'folder', 'log.db');
    await (await open()).append('s', 'any', newEvents(1));
  });

  test('any SQLite tool can read it', async () => {
    await (await open({ now: () => 7 })).append('asset-a', 'any', newEvents(1, { text: 'ä', n: [1] }));
    const db = openDatabase(path, { synchronous: 'FULL', readonly: true });
    const rows = db
      .prepare("SELECT stream, revision, type, recorded_at, data ->> 'text', metadata FROM log")
      .raw()
      .all();
    expect(rows).toEqual([['asset-a', 0, 'Happened', 7, 'ä', '{"time":1}']]);
  });
});

describe('one writer', () => {
  test('a second one is refused and told who it is; after close it may', async () => {
    const first = await open();
    await first.append('s', 'any', newEvents(1));
    const { message } = await rejection(open(), 'locked');
    expect(message).toMatch(
      new RegExp(`${path} is being written by process ${process.pid} on .*, which opened it at 20.*stop that process`),
    );
    await first.append('s', 0n, newEvents(1));
    await first.close();
    expect(await collect((await open()).readAll())).toHaveLength(2);
  });

  test('also when it comes by another name', async () => {
    await open();
    symlinkSync(path, join(dir, 'link.db'));
    symlinkSync(dir, join(dir, 'here'));
    await rejection(open({ path: join(dir, 'link.db') }), 'locked');
    await rejection(open({ path: join(dir, 'here', 'log.db') }), 'locked');
  });

  test('one that waits gets in when the first has gone', async () => {
    const first = await open();
    const second = open({ lockWaitMs: 30_000 });
    await first.close();
    await (await second).append('s', 'no-stream', newEvents(1));
  });
});

describe('a bad file is told in a sentence', () => {
  test('text', async () => {
    writeFileSync(path, 'this is no database '.repeat(500));
    expect((await rejection(open(), 'corrupt')).message).toMatch(
      /open in the log .*log\.db: file is not a database; .*restore/,
    );
  });

  test('another program’s database', async () => {
    openDatabase(path, { synchronous: 'FULL' }).exec('CREATE TABLE theirs (a)');
    expect((await rejection(open(), 'corrupt')).message).toMatch(/is not a log of Millwright/);
    expect((await rejection(openSqliteEventStoreReader(path), 'corrupt')).message).toMatch(
      /is not a log of Millwright/,
    );
  });

  test('a newer version’s log', async () => {
    await (await open()).close();
    openDatabase(path, { synchronous: 'FULL' }).exec('PRAGMA user_version = 99');
    expect((await rejection(open(), 'unavailable')).message).toMatch(
      /has schema version 99, this Millwright knows 2; use the version that wrote it/,
    );
    openDatabase(path, { synchronous: 'FULL' }).exec('PRAGMA user_version = 2');
    await (await open()).append('s', 'no-stream', newEvents(1));
  });

  test('a folder', async () => {
    mkdirSync(path);
    expect((await rejection(open(), 'unavailable')).message).toContain(path);
  });

  test('a file where a folder should be', async () => {
    writeFileSync(join(dir, 'file'), '');
    expect((await rejection(open({ path: join(dir, 'file', 'log.db') }), 'unavailable')).message).toMatch(
      /the log .* cannot be written: ENOTDIR|EEXIST/,
    );
  });
});

describe('trouble while it runs', () => {
  test('a full disk: the append is refused, what was there can be read, and with room the same append succeeds', async () => {
    const store = await open({ maxBytes: 200_000 });
    const first = newEvents(2);
    await store.append('s', 'any', first);
    const large = newEvents(4, { text: 'x'.repeat(100_000) });
    expect((await rejection(store.append('s', 1n, large), 'disk-full')).message).toMatch(
      /append to "s" in the log .*full.*free space/,
    );
    expect(store.health()).toMatchObject({ state: 'degraded', detail: expect.stringMatching(/full/) });
    expect(await collect(store.readAll())).toHaveLength(2);
    await vi.waitFor(() => expect(store.health().state).toBe('up'));
    await store.append('s', 1n, newEvents(1));
    await store.close();
    await (await open()).append('s', 2n, large);
  });

  test('a stalled disk: the append is late, then durable all the same; repeating it is harmless, and readers see it once', async () => {
    const before = await open();
    await before.append('s', 'any', newEvents(1));
    await before.close();
    const store = await open({ deadlineMs: 20 });
    const live = store.subscribe({ after: 'end' })[Symbol.asyncIterator]();
    await live.next();
    const stall = openDatabase(path, { synchronous: 'FULL' });
    stall.exec('BEGIN IMMEDIATE');
    const events = newEvents(2);
    expect((await rejection(store.append('s', 0n, events), 'deadline-exceeded')).message).toMatch(
      /"s" was not durable within 20 ms/,
    );
    const next = live.next();
    stall.exec('ROLLBACK');
    const { value } = await next;
    expect(value.events.map(({ id }: NewEvent) => id)).toEqual(events.map(({ id }) => id));
    expect(await untilInTime(() => store.append('s', 0n, events))).toMatchObject({ revision: 2n });
    await store.close();
    expect(await collect((await open()).readStream('s'))).toHaveLength(3);
  });

  test('an append that waits for long shows in the health, with its time', async () => {
    const store = await open();
    const stall = openDatabase(path, { synchronous: 'FULL' });
    stall.exec('BEGIN IMMEDIATE');
    const append = store.append('s', 'any', newEvents(1));
    await vi.waitFor(() => expect(store.health()).toMatchObject({ state: 'degraded', appendsInFlight: 1 }), {
      timeout: 30_000,
    });
    expect(store.health().detail).toMatch(/waits for its disk since \d+\.\d s/);
    stall.exec('ROLLBACK');
    await append;
    expect(store.health()).toMatchObject({ state: 'up', appendsInFlight: 0 });
  });

  test('the WAL is brought home while it is written, and stays small', async () => {
    const store = await open();
    const large = { text: 'x'.repeat(200_000) };
    for (let i = 0; i < 60; i++) await store.append('s', 'any', newEvents(5, large));
    expect(statSync(`${path}-wal`).size).toBeLessThan(50_000_000);
    expect(statSync(path).size).toBeGreaterThan(10_000_000);
  });

  test.each([
    ['writer', 1],
    ['reader', 0],
  ] as const)(
    'the %s thread dies: readers are told, the log opens again, and nothing is lost or twice',
    async (_, index) => {
      const { store, session } = await openWithSession();
      const before = newEvents(5);
      await store.append('s', 'any', before.slice(0, 3));
      const live = store.subscribe({ after: 'start' })[Symbol.asyncIterator]();
      await live.next();
      await live.next();
      const waiting = live.next();
      void session['clients'][index]['worker'].terminate();
      expect((await rejection(waiting, 'unavailable')).message).toMatch(/ended by itself/);
      expect(store.health()).toMatchObject({ state: 'down', detail: expect.stringMatching(/opened again/) });
      await rejection(store.append('s', 'any', before), 'unavailable');
      await vi.waitFor(() => expect(store.health().state).toBe('up'), { timeout: 30_000 });
      await store.append('s', 2n, before);
      const all = await collect(store.readAll());
      expect(all.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
      for await (const item of store.subscribe({ after: all[2]!.position })) {
        if (item.kind === 'caught-up') break;
        expect(item.events).toEqual(all.slice(3));
      }
    },
  );

  test('appends that wait while the other thread dies are told to come again, and then succeed', async () => {
    const { store, session } = await openWithSession();
    const stall = openDatabase(path, { synchronous: 'FULL' });
    stall.exec('BEGIN IMMEDIATE');
    const [underWay, waiting] = [newEvents(1), newEvents(1)];
    const first = store.append('s', 'any', underWay);
    await new Promise(setImmediate);
    const second = rejection(store.append('s', 'any', waiting), 'unavailable');
    await session['clients'][0]['worker'].terminate();
    stall.exec('ROLLBACK');
    expect(await first).toMatchObject({ revision: 0n });
    expect((await second).message).toMatch(/reader ended by itself/);
    await vi.waitFor(() => expect(store.health().state).toBe('up'), { timeout: 30_000 });
    await store.append('s', 0n, waiting);
    expect((await collect(store.readStream('s'))).map(({ id }) => id)).toEqual([underWay[0]!.id, waiting[0]!.id]);
  });

  test('closed while it opens again, it stays closed', async () => {
    const { store, session } = await openWithSession();
    const gone = session['clients'][1]['worker'].terminate();
    await gone;
    await store.close();
    await rejection(store.head(), 'closed');
    await (await open()).close();
  });
});

describe('readers', () => {
  test('live ones get the objects that were appended: nothing is parsed again', async () => {
    const store = await open();
    const live = store.subscribe({ after: 'end' })[Symbol.asyncIterator]();
    await live.next();
    const [event] = newEvents(1, { large: [1, 2, 3] });
    await store.append('s', 'any', [event!]);
    const { value } = await live.next();
    expect(value.events[0].data).toBe(event!.data);
    expect(value.events).toEqual(await collect(store.readAll()));
  });

  test('of another connection read while it is written, and write nothing', async () => {
    const store = await open();
    await store.append('s', 'any', newEvents(2));
    const reader = await openSqliteEventStoreReader(path);
    opened.push(reader);
    await store.append('t', 'any', newEvents(1));
    expect(await collect(reader.readAll())).toEqual(await collect(store.readAll()));
    expect(await collect(reader.readStream('t', { direction: 'backwards', maxCount: 1 }))).toHaveLength(1);
    expect(await reader.head()).toBe(await store.head());
    expect(await reader.positionAt(Number.MAX_SAFE_INTEGER)).toBe(await store.head());
    await store.close();
    expect(await collect(reader.readAll({ filter: { streamPrefixes: ['s'] } }))).toHaveLength(2);
    await reader.close();
    await rejection(reader.head(), 'closed');
  });

  test('of a log that is not there are told so, and make no file', async () => {
    expect((await rejection(openSqliteEventStoreReader(path), 'unavailable')).message).toMatch(/log\.db.*not there/);
    await rejection(openSqliteEventStoreReader(path), 'unavailable');
  });

  test('a read ends where the log ended when it began, though it is written on', async () => {
    const store = await open();
    for (let i = 0; i < 3; i++) await store.append('s', 'any', newEvents(400));
    let seen = 0;
    for await (const { revision } of store.readAll()) {
      if (revision === 0n) await store.append('s', 'any', newEvents(400));
      seen++;
    }
    expect(seen).toBe(1_200);
  });
});
