import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore, EventStoreError } from '@millwright/event-store';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backupLog } from './backup.js';
import { openSqliteLog } from './open.js';
import { restoreLog } from './restore.js';
import { verifyFile } from './verify-file.js';

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'millwright-backup-'))));
afterEach(() => rmSync(dir, { recursive: true }));

const append = async (store: EventStore, stream: string, count = 1): Promise<void> => {
  const events = Array.from({ length: count }, (_, n) => ({
    id: randomUUID(),
    type: 'Happened',
    data: { n, text: 'x'.repeat(200) },
    metadata: { time: 1 },
  }));
  await store.append(stream, 'any', events);
};

const rejection = (promise: Promise<unknown>): Promise<EventStoreError> =>
  promise.then(
    () => expect.fail('it did not reject'),
    (error: unknown) => error as EventStoreError,
  );

const idsOf = async (path: string): Promise<string[]> => {
  const { events, close } = await openSqliteLog({ path });
  const ids: string[] = [];
  for await (const { id } of events.readAll()) ids.push(id);
  await close();
  return ids;
};

describe('a backup', () => {
  test('while appends go on is the log up to one position, whole', async () => {
    const { events, backup, close } = await openSqliteLog({ path: join(dir, 'log.db') });
    for (let n = 0; n < 40; n++) await append(events, `s-${n % 3}`, 100);
    let ended = false;
    const writers = Array.from({ length: 8 }, async (_, n) => {
      while (!ended) await append(events, `s-${n % 3}`, 3);
    });
    const result = await backup(join(dir, 'copies', 'copy.db'));
    ended = true;
    await Promise.all(writers);
    const all: string[] = [];
    for await (const { id, position } of events.readAll()) if (position <= result.position!) all.push(id);
    await close();
    expect(result.events).toBe(all.length);
    expect(result.events).toBeGreaterThanOrEqual(4_000);
    expect(await idsOf(result.path)).toEqual(all);
    expect(readdirSync(join(dir, 'copies')).filter((name) => name.includes('part'))).toEqual([]);
  });

  test('of a log that nobody has open, and of an empty one', async () => {
    const path = join(dir, 'log.db');
    const { close } = await openSqliteLog({ path });
    await close();
    expect(await backupLog(path, join(dir, 'empty.db'))).toMatchObject({ position: undefined, events: 0 });
    expect(await verifyFile(join(dir, 'empty.db'))).toMatchObject({ ok: true });
  });

  test('writes over nothing, and leaves nothing when it fails', async () => {
    const path = join(dir, 'log.db');
    const { events, backup, close } = await openSqliteLog({ path });
    await append(events, 's');
    writeFileSync(join(dir, 'mine'), 'precious');
    expect((await rejection(backup(join(dir, 'mine')))).message).toMatch(/mine is there already; give a new name/);
    expect(readFileSync(join(dir, 'mine'), 'utf8')).toBe('precious');
    await close();
    expect((await rejection(backupLog(join(dir, 'absent.db'), join(dir, 'copy.db')))).message).toMatch(/absent\.db/);
    expect(existsSync(join(dir, 'copy.db'))).toBe(false);
    expect(readdirSync(dir).filter((name) => name.includes('part'))).toEqual([]);
  });
});

describe('a restore', () => {
  test('gives the log of the backup, which goes on', async () => {
    const { events, backup, close } = await openSqliteLog({ path: join(dir, 'log.db') });
    await append(events, 's', 10);
    const { path: copy, position } = await backup(join(dir, 'copy.db'));
    await append(events, 's', 5);
    await close();
    const restored = join(dir, 'new', 'log.db');
    expect(await restoreLog(copy, restored)).toMatchObject({ ok: true, events: 10 });
    const log = await openSqliteLog({ path: restored });
    expect(await log.events.head()).toBe(position);
    await append(log.events, 's');
    expect(await log.verify()).toMatchObject({ ok: true, events: 11 });
    await log.close();
    expect(await verifyFile(copy), 'the backup is as it was').toMatchObject({ ok: true, events: 10 });
  });

  test('refuses a log that is there, one that is open, and a backup that is not whole', async () => {
    const path = join(dir, 'log.db');
    const { events, backup, close } = await openSqliteLog({ path });
    for (let n = 0; n < 50; n++) await append(events, 's', 3);
    const { path: copy } = await backup(join(dir, 'copy.db'));
    expect((await rejection(restoreLog(copy, path))).message).toMatch(/log\.db is there already/);
    rmSync(path);
    expect(await rejection(restoreLog(copy, path))).toMatchObject({
      code: 'locked',
      message: expect.stringMatching(/is being written by .*stop that process first/),
    });
    await close();

    const bytes = readFileSync(copy);
    const at = bytes.lastIndexOf('xxxxxxxx');
    bytes[at] = 0x79;
    writeFileSync(copy, bytes);
    expect(await rejection(restoreLog(copy, join(dir, 'other.db')))).toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(/copy\.db is not whole: .*take an older one/),
    });
    expect(existsSync(join(dir, 'other.db'))).toBe(false);
    writeFileSync(join(dir, 'text.db'), 'no database');
    appendFileSync(join(dir, 'text.db'), 'x'.repeat(5_000));
    expect((await rejection(restoreLog(join(dir, 'text.db'), join(dir, 'other.db')))).code).toBe('corrupt');
  });
});
