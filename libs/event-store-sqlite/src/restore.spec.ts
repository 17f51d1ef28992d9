import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { restoresOf, restoreThatLost, setRetention, type EventStore, type Position } from '@millwright/event-store';
import { collect, rejection } from '@millwright/event-store/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { append } from './backup.fixture.js';
import { SmallDisk } from './disk.fixture.js';
import { openSqliteLog, type SqliteEventStoreOptions, type SqliteLog } from './open.js';
import { restoreLog } from './restore.js';
import { verifyFile } from './verify-file.js';

let dir: string;
let path: string;
let disk: SmallDisk | undefined;
const opened: SqliteLog[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millwright-restore-'));
  path = join(dir, 'log.db');
});
afterEach(async () => {
  for (const log of opened.splice(0)) await log.close();
  disk?.unmount();
  disk = undefined;
  rmSync(dir, { recursive: true });
});

const open = async (options: Partial<SqliteEventStoreOptions> = {}): Promise<SqliteLog> => {
  const log = await openSqliteLog({ path, ...options });
  opened.push(log);
  return log;
};

/** A log of so many events, and a backup of it; then the log goes on, and is lost. Gives the last position of each. */
const backUpAndLose = async (events: number): Promise<{ copy: string; kept: Position; lost: Position }> => {
  const log = await open();
  await append(log.events, 's-0', events);
  const { path: copy, position } = await log.backup(join(dir, 'copy.db'));
  const { position: lost } = await append(log.events, 's-1', 5);
  await log.close();
  for (const suffix of ['', '-wal', '-shm', '-lock']) rmSync(`${path}${suffix}`, { force: true });
  return { copy, kept: position!, lost };
};

test('gives the log of the backup, which goes on; the backup is as it was', async () => {
  const { copy } = await backUpAndLose(10);
  const before = readFileSync(copy);
  path = join(dir, 'new', 'log.db');
  expect(await restoreLog(copy, path)).toMatchObject({ ok: true, events: 10, head: { position: 10n } });
  expect(readdirSync(join(dir, 'new')).sort()).toEqual(['log.db', 'log.db-lock']);
  const { events, verify } = await open();
  expect(await collect(events.readAll())).toHaveLength(10);
  expect(await append(events, 's-0')).toMatchObject({ revision: 10n });
  expect(await verify()).toMatchObject({ ok: true, events: 12 });
  expect(readFileSync(copy).equals(before)).toBe(true);
});

test('tells what was lost, gives no position twice, and a reader that goes on behind the backup misses nothing', async () => {
  const { copy, kept, lost } = await backUpAndLose(10);
  await restoreLog(copy, path);
  const { events } = await open();
  const [restore, ...others] = await restoresOf(events);
  expect(others).toEqual([]);
  expect(restore).toEqual({ after: kept, position: await events.head() });
  expect(restore!.position).toBeGreaterThan(lost);
  expect(await restoreThatLost(events, kept)).toBeUndefined();
  expect(await restoreThatLost(events, lost)).toEqual(restore);

  await append(events, 's-1', 7);
  expect(await collect(events.readAll({ after: lost }))).toHaveLength(7);
  expect(await restoreThatLost(events, (await events.head())!)).toBeUndefined();
});

test('every kind of read crosses the positions that were left out, and a scavenge does', async () => {
  const { copy, kept } = await backUpAndLose(10);
  await restoreLog(copy, path);
  const { events, verify } = await open();
  await append(events, 's-1', 5);
  // The filter matches some of many streams, which is looked for in stretches of positions.
  for (let n = 2; n < 12; n++) await append(events, `t-${n}`);
  const filter = { streamPrefixes: ['s-'] };
  const found = await collect(events.readAll({ filter }));
  expect(found.map(({ stream }) => stream)).toEqual([...Array(10).fill('s-0'), ...Array(5).fill('s-1')]);
  expect(await collect(events.readAll({ filter, direction: 'backwards' }))).toEqual(found.toReversed());
  expect(await followed(events, kept - 1n)).toEqual(found.slice(9));
  expect(await events.positionAt(found[9]!.recordedAt)).toBeGreaterThanOrEqual(kept);
  expect(await events.positionAt(Number.MAX_SAFE_INTEGER)).toBe(await events.head());

  await setRetention(events, 's-0', { maxCount: 3 });
  await setRetention(events, 's-1', { maxCount: 1 });
  expect(await events.scavenge()).toMatchObject({ removedEvents: 11 });
  expect(await verify()).toMatchObject({ ok: true });
  expect(await collect(events.readAll({ filter }))).toHaveLength(4);
  expect(await restoreThatLost(events, kept + 1n)).toMatchObject({ after: kept });
});

const followed = async (events: EventStore, after: Position): Promise<unknown[]> => {
  const all: unknown[] = [];
  for await (const item of events.subscribe({ after, filter: { streamPrefixes: ['s-'] } })) {
    if (item.kind === 'caught-up') break;
    if (item.kind === 'events') all.push(...item.events);
  }
  return all;
};

test('of a restored log is told too, each by itself, whatever the clock says', async () => {
  const { copy } = await backUpAndLose(10);
  await restoreLog(copy, path);
  const first = await open();
  const { position: between } = await append(first.events, 's-0');
  const { path: again } = await first.backup(join(dir, 'again.db'));
  const { position: lost } = await append(first.events, 's-0');
  await first.close();
  path = join(dir, 'twice.db');
  await restoreLog(again, path);
  const { events, verify } = await open();
  const restores = await restoresOf(events);
  expect(restores.map(({ after }) => after)).toEqual([10n, between]);
  expect(restores[1]!.position).toBeGreaterThan(lost);
  expect(await verify()).toMatchObject({ ok: true });
});

test('of an empty backup tells that all is lost', async () => {
  const log = await open();
  const { path: copy } = await log.backup(join(dir, 'copy.db'));
  path = join(dir, 'new.db');
  await restoreLog(copy, path);
  const { events, verify } = await open();
  expect(await restoreThatLost(events, 1n)).toEqual({ after: undefined, position: await events.head() });
  expect(await append(events, 's')).toMatchObject({ revision: 0n });
  expect(await verify()).toMatchObject({ ok: true, events: 2 });
});

test('takes what is in the WAL of the backup too, and a log that is being written as it is at one moment', async () => {
  const { events } = await open();
  await append(events, 's', 10);
  for (const suffix of ['', '-wal']) writeFileSync(join(dir, `copy.db${suffix}`), readFileSync(`${path}${suffix}`));
  let ended = false;
  const writer = (async () => {
    while (!ended) await append(events, 's');
  })();
  await restoreLog(join(dir, 'copy.db'), join(dir, 'a.db'));
  expect(await verifyFile(join(dir, 'a.db'))).toMatchObject({ ok: true, events: 11 });
  await restoreLog(path, join(dir, 'b.db'));
  ended = true;
  await writer;
  expect(await verifyFile(join(dir, 'b.db'))).toMatchObject({ ok: true });
});

test('reads a backup on a disk that takes no writes', async () => {
  const { copy } = await backUpAndLose(10);
  disk = new SmallDisk(24);
  const there = join(disk.path, 'copy.db');
  writeFileSync(there, readFileSync(copy));
  disk.makeReadOnly();
  await restoreLog(there, path);
  expect(await verifyFile(path)).toMatchObject({ ok: true, events: 11 });
});

test('refuses a log that is there, the WAL of one, and one that is open', async () => {
  const log = await open();
  await append(log.events, 's', 3);
  const { path: copy } = await log.backup(join(dir, 'copy.db'));
  expect((await rejection(restoreLog(copy, path))).message).toMatch(/is being written by .*stop that process first/);
  const wal = readFileSync(`${path}-wal`);
  await log.close();
  expect((await rejection(restoreLog(copy, path))).message).toMatch(/log\.db is there already/);
  rmSync(path);
  writeFileSync(`${path}-wal`, wal);
  expect((await rejection(restoreLog(copy, path))).message).toMatch(
    /log\.db-wal is there, left by another log, and may hold the last of its events; move it/,
  );
  expect(readFileSync(`${path}-wal`).equals(wal)).toBe(true);
});

test('refuses a backup that is not whole, or is none', async () => {
  const { copy } = await backUpAndLose(50);
  const bytes = readFileSync(copy);
  bytes[bytes.lastIndexOf('xxxxxxxx')] = 0x79;
  writeFileSync(copy, bytes);
  expect(await rejection(restoreLog(copy, path))).toMatchObject({
    code: 'corrupt',
    message: expect.stringMatching(/copy\.db is not whole: .*take an older one/),
  });
  writeFileSync(join(dir, 'text.db'), 'no database');
  appendFileSync(join(dir, 'text.db'), 'x'.repeat(5_000));
  expect((await rejection(restoreLog(join(dir, 'text.db'), path))).code).toBe('corrupt');
  expect((await rejection(restoreLog(join(dir, 'absent.db'), path))).message).toMatch(/absent\.db/);
  expect(existsSync(path)).toBe(false);
});
