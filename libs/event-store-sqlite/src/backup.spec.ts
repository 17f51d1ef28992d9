import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collect, rejection } from '@millwright/event-store/testing';
import { openDatabase } from '@millwright/sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { append } from './backup.fixture.js';
import { backupLog } from './backup.js';
import { SmallDisk } from './disk.fixture.js';
import { openSqliteEventStoreReader, openSqliteLog, type SqliteLog } from './open.js';
import { verifyFile } from './verify-file.js';
import { lockForWriting } from './writer-lock.js';

let dir: string;
let path: string;
let disk: SmallDisk | undefined;
const opened: SqliteLog[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millwright-backup-'));
  path = join(dir, 'log.db');
});
afterEach(async () => {
  for (const log of opened.splice(0)) await log.close();
  disk?.unmount();
  disk = undefined;
  rmSync(dir, { recursive: true });
});

const open = async (): Promise<SqliteLog> => {
  const log = await openSqliteLog({ path });
  opened.push(log);
  return log;
};

const idsOf = async (file: string): Promise<string[]> => {
  const reader = await openSqliteEventStoreReader(file);
  const all = await collect(reader.readAll());
  await reader.close();
  return all.map(({ id }) => id);
};

test('taken while appends go on, it is the log up to one position, whole', async () => {
  const { events, backup } = await open();
  for (let n = 0; n < 40; n++) await append(events, `s-${n % 3}`, 100);
  let ended = false;
  let appended = 0;
  const writers = Array.from({ length: 8 }, async (_, n) => {
    for (; !ended; appended++) await append(events, `s-${n % 3}`, 3);
  });
  const result = await backup(join(dir, 'copies', 'copy.db'));
  ended = true;
  await Promise.all(writers);
  expect(appended).toBeGreaterThan(0);
  const all = (await collect(events.readAll())).filter(({ position }) => position <= result.position!);
  expect(result).toEqual({
    path: join(dir, 'copies', 'copy.db'),
    position: all.at(-1)!.position,
    events: all.length,
    bytes: statSync(result.path).size,
    tookMs: expect.any(Number),
  });
  expect(all.length).toBeGreaterThanOrEqual(4_000);
  expect(await idsOf(result.path)).toEqual(all.map(({ id }) => id));
  expect(await verifyFile(result.path)).toMatchObject({ ok: true, head: { position: result.position } });
  expect(readdirSync(join(dir, 'copies'))).toEqual(['copy.db']);
});

test('of a log that nobody has open, of one that was killed, and of an empty one', async () => {
  const { events, close } = await open();
  expect(await backupLog(path, join(dir, 'empty.db'))).toMatchObject({ position: undefined, events: 0 });
  expect(await verifyFile(join(dir, 'empty.db'))).toMatchObject({ ok: true });
  await append(events, 's', 10);
  // What is in the WAL only belongs to it.
  for (const suffix of ['', '-wal']) writeFileSync(join(dir, `killed.db${suffix}`), readFileSync(`${path}${suffix}`));
  expect(statSync(join(dir, 'killed.db')).size).toBeLessThan(statSync(join(dir, 'killed.db-wal')).size);
  expect(await backupLog(join(dir, 'killed.db'), join(dir, 'copy.db'))).toMatchObject({ position: 10n, events: 10 });
  await close();
  expect(await backupLog(path, join(dir, 'closed.db'))).toMatchObject({ position: 10n, events: 10 });
});

test('can give its room back, and keeps from others what the log keeps from them', async () => {
  const { events, close } = await open();
  await append(events, 's', 10);
  await close();
  chmodSync(path, 0o600);
  await backupLog(path, join(dir, 'copy.db'));
  expect(statSync(join(dir, 'copy.db')).mode & 0o777).toBe(0o600);
  const copy = openDatabase(join(dir, 'copy.db'), { synchronous: 'FULL', readonly: true });
  const pragmas = ['auto_vacuum', 'page_size'].map((name) => copy.prepare(`PRAGMA ${name}`).raw().get());
  copy.close();
  expect(pragmas).toEqual([[2], [8_192]]);
});

test('writes over nothing, and leaves nothing when it fails', async () => {
  const { events, backup, close } = await open();
  await append(events, 's');
  writeFileSync(join(dir, 'mine'), 'precious');
  expect((await rejection(backup(join(dir, 'mine')))).message).toMatch(/mine is there already; give a new name/);
  expect(readFileSync(join(dir, 'mine'), 'utf8')).toBe('precious');
  writeFileSync(join(dir, 'other-wal'), 'of another log');
  expect((await rejection(backup(join(dir, 'other')))).message).toMatch(/other-wal is there, left by another log/);
  await close();
  expect((await rejection(backupLog(join(dir, 'absent.db'), join(dir, 'copy.db')))).message).toMatch(/absent\.db/);
  expect((await rejection(backupLog(path, join(dir, 'mine', 'copy.db')))).message).toMatch(/mine/);
  expect(readdirSync(dir).filter((name) => /copy|part/.test(name))).toEqual([]);
});

test('one that was killed is not in the way of the next; one that is being written is', async () => {
  const { events, backup } = await open();
  await append(events, 's', 10);
  const copy = join(dir, 'copy.db');
  writeFileSync(`${copy}.part`, 'the beginning');
  const other = lockForWriting(`${copy}.part`, 0);
  expect(await rejection(backup(copy))).toMatchObject({
    code: 'locked',
    message: expect.stringMatching(/another backup or restore is writing .*copy\.db\.part; wait for its end/),
  });
  expect(readFileSync(`${copy}.part`, 'utf8')).toBe('the beginning');
  other.release();
  expect(await backup(copy)).toMatchObject({ events: 10 });
  expect(readdirSync(dir).filter((name) => name.startsWith('copy'))).toEqual(['copy.db']);
});

test('what is not whole is no backup, and says where', async () => {
  const { events, close } = await open();
  for (let n = 0; n < 50; n++) await append(events, 's', 3);
  await close();
  const bytes = readFileSync(path);
  bytes[bytes.lastIndexOf('xxxxxxxx')] = 0x79;
  writeFileSync(path, bytes);
  expect(await rejection(backupLog(path, join(dir, 'copy.db')))).toMatchObject({
    code: 'corrupt',
    message: expect.stringMatching(
      /is not whole: an event from \d+ to \d+ has been changed.*verify what it was copied/,
    ),
  });
  expect(existsSync(join(dir, 'copy.db'))).toBe(false);
});

test('takes no room that is not there: the log beside it goes on', async () => {
  disk = new SmallDisk(24);
  path = join(disk.path, 'log.db');
  const { events, backup } = await open();
  for (let n = 0; n < 40; n++) await append(events, 's', 200);
  disk.fill(1_000_000);
  expect(await rejection(backup(join(disk.path, 'copy.db')))).toMatchObject({
    code: 'disk-full',
    message: expect.stringMatching(
      /no room for .*copy\.db\.part: it takes up to \d+\.\d MB, its disk has [01]\.\d MB; free space there/,
    ),
  });
  expect(readdirSync(disk.path).filter((name) => name.startsWith('copy'))).toEqual([]);
  expect(await backup(join(dir, 'copy.db'))).toMatchObject({ events: 8_000 });
  await append(events, 's');
});

test('the room that the WAL takes during a backup is given back', async () => {
  const { events } = await open();
  const walBytes = (): number => statSync(`${path}-wal`).size;
  const large = (): Promise<unknown> => append(events, 's', 2_000);
  await large();
  const reader = openDatabase(path, { synchronous: 'FULL', readonly: true });
  reader.exec('BEGIN; SELECT count(*) FROM events');
  while (walBytes() < 60_000_000) await large();
  reader.exec('COMMIT');
  reader.close();
  while (walBytes() > 40_000_000) await large();
});
