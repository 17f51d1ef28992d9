import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EventStore, NewEvent, RecordedEvent } from '@millwright/event-store';
import { rejection } from '@millwright/event-store/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StallingDisk } from './disk.fixture.js';
import { idsIn, idsOf, newEvents, untilNot } from './fault.fixture.js';
import { openSqliteLog, type SqliteLog } from './open.js';

vi.setConfig({ testTimeout: 60_000 });

const HOLDER = fileURLToPath(new URL('./fault-holder.fixture.mjs', import.meta.url));
/** Long enough for a read on a busy machine. */
const DEADLINE_MS = 2_000;

let dir: string;
let log: SqliteLog | undefined;
let disk: StallingDisk | undefined;
let holder: ChildProcess | undefined;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'millwright-stall-'))));
afterEach(async () => {
  holder?.kill('SIGKILL');
  disk?.goOn();
  await log?.close();
  disk?.unmount();
  log = disk = holder = undefined;
  rmSync(dir, { recursive: true });
});

const open = async (path: string): Promise<SqliteLog> => (log = await openSqliteLog({ path, deadlineMs: DEADLINE_MS }));

/** Appends that are under way or wait when the disk stalls; each is told by its deadline that it is late. */
const appendLate = async (store: EventStore): Promise<Map<string, NewEvent[]>> => {
  const late = new Map(['a', 'b', 'c'].map((stream, n) => [stream, newEvents(1 + 10 * n)] as const));
  const begun = performance.now();
  const ends = [...late].map(async ([stream, events]) => {
    const { code, message } = await rejection(store.append(stream, 'no-stream', events));
    return { code, message, ms: performance.now() - begun };
  });
  for (const { code, message, ms } of await Promise.all(ends)) {
    expect(code).toBe('deadline-exceeded');
    expect(message).toMatch(/was not durable within 2000 ms; the disk may be stalled; repeating it is harmless/);
    expect(ms).toBeGreaterThanOrEqual(DEADLINE_MS - 1);
  }
  return late;
};

/** Each append is repeated, and is there once. */
const repeat = async (store: EventStore, late: ReadonlyMap<string, NewEvent[]>): Promise<void> => {
  for (const [stream, events] of late) {
    const repeated = await untilNot('deadline-exceeded', () => store.append(stream, 'no-stream', events));
    expect(repeated.revision).toBe(BigInt(events.length - 1));
  }
};

const follow = async (store: EventStore, count: number): Promise<RecordedEvent[]> => {
  const seen: RecordedEvent[] = [];
  for await (const item of store.subscribe({ after: 'start' })) {
    if (item.kind === 'events') seen.push(...item.events);
    if (seen.length >= count) break;
  }
  return seen;
};

test('a disk that stalls: appends end by their deadline, reading goes on, and repeating them stores them once', async () => {
  disk = new StallingDisk();
  const { events, verify } = await open(join(disk.path, 'log.db'));
  const before = newEvents(20);
  await events.append('s', 'any', before);
  disk.stall();
  const late = await appendLate(events);
  expect(events.health()).toMatchObject({
    state: 'degraded',
    detail: expect.stringMatching(/waits for its disk since/),
  });
  expect(await idsOf(events), 'what is not durable is not read').toEqual(idsIn(before));
  disk.goOn();
  await repeat(events, late);
  const all = await idsOf(events);
  expect(all.toSorted()).toEqual([...idsIn(before), ...[...late.values()].flatMap(idsIn)].sort());
  expect(idsIn(await follow(events, all.length))).toEqual(all);
  expect(events.health().state).toBe('up');
  expect(await verify()).toMatchObject({ ok: true, events: all.length });
});

test('another program that holds the file: the same, until it is gone', async () => {
  const path = join(dir, 'log.db');
  const { events, verify } = await open(path);
  const before = newEvents(20);
  await events.append('s', 'any', before);
  holder = spawn(process.execPath, [HOLDER, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(holder.stdout!, 'data');
  const late = await appendLate(events);
  expect(events.health()).toMatchObject({ state: 'degraded' });
  expect(await idsOf(events)).toEqual(idsIn(before));
  holder.kill('SIGKILL');
  await repeat(events, late);
  expect((await idsOf(events)).sort()).toEqual([...idsIn(before), ...[...late.values()].flatMap(idsIn)].sort());
  expect(await verify()).toMatchObject({ ok: true });
});
