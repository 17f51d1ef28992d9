import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventStoreError, type EventStore } from '@millwright/event-store';
import { rejection } from '@millwright/event-store/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { FailingDisk, SmallDisk } from './disk.fixture.js';
import { idsIn, idsOf, newEvents, untilNot } from './fault.fixture.js';
import { openSqliteLog, type SqliteEventStoreOptions, type SqliteLog } from './open.js';

vi.setConfig({ testTimeout: 60_000 });

const WRITER = fileURLToPath(new URL('./fault-writer.fixture.mjs', import.meta.url));

let log: SqliteLog | undefined;
let disk: SmallDisk | FailingDisk | undefined;
afterEach(async () => {
  await log?.close();
  disk?.unmount();
  log = disk = undefined;
});

const smallDisk = (): SmallDisk => (disk = new SmallDisk(24)) as SmallDisk;
const failingDisk = (): FailingDisk => (disk = new FailingDisk()) as FailingDisk;
const pathOn = (on: { readonly path: string }): string => join(on.path, 'log.db');

const open = async (path: string, options: Partial<SqliteEventStoreOptions> = {}): Promise<SqliteLog> =>
  (log = await openSqliteLog({ path, ...options }));

/** Appends to many streams at once until one is refused; gives the ids that were acknowledged, and the codes of the refusals. */
const appendUntilRefused = async (store: EventStore): Promise<{ acknowledged: string[]; codes: string[] }> => {
  const acknowledged: string[] = [];
  const codes = new Set<string>();
  const writer = async (stream: string): Promise<void> => {
    while (codes.size === 0) {
      const batch = newEvents(20);
      try {
        await store.append(stream, 'any', batch);
        acknowledged.push(...idsIn(batch));
      } catch (error) {
        codes.add((error as EventStoreError).code);
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, n) => writer(`s-${n}`)));
  return { acknowledged: acknowledged.sort(), codes: [...codes] };
};

describe('a full disk', () => {
  test('refuses appends with a sentence, loses nothing that was acknowledged, and takes them again when there is room', async () => {
    const small = smallDisk();
    small.fill(6_000_000);
    const { events, verify } = await open(pathOn(small));
    const { acknowledged, codes } = await appendUntilRefused(events);
    expect(codes).toEqual(['disk-full']);
    expect(acknowledged.length).toBeGreaterThan(100);
    // With one page left, the smallest of appends would still find room.
    small.fill();
    const late = newEvents(20);
    expect(await rejection(events.append('s-0', 'any', late))).toMatchObject({
      code: 'disk-full',
      message: expect.stringMatching(/free space on its disk/),
    });
    expect(events.health()).toMatchObject({ state: 'degraded', detail: expect.stringMatching(/free space.*reading/) });
    expect((await idsOf(events)).sort(), 'reading goes on').toEqual(acknowledged);

    small.makeRoom();
    await vi.waitUntil(() => events.health().state === 'up', { timeout: 30_000 });
    await events.append('s-0', 'any', late);
    expect((await idsOf(events)).sort()).toEqual([...acknowledged, ...idsIn(late)].sort());
    expect(await verify()).toMatchObject({ ok: true });
  });

  test('and then a kill -9: what was acknowledged can be read at once, and with room the log goes on', async () => {
    const small = smallDisk();
    const path = pathOn(small);
    small.fill(6_000_000);
    const child = spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let told = '';
    child.stdout.on('data', (text: Buffer) => {
      told += text.toString();
      if (told.split('REFUSED').length > 50) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const acknowledged = [...told.matchAll(/^ACK (\S+) \.$/gm)].map(([, id]) => id!).sort();
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(new Set([...told.matchAll(/^REFUSED (\S+) \.$/gm)].map(([, code]) => code))).toEqual(new Set(['disk-full']));

    small.fill();
    const { events, verify } = await open(path);
    expect((await idsOf(events)).sort()).toEqual(acknowledged);
    // The WAL has room of its own, which may hold a few more.
    const more = await appendUntilRefused(events);
    expect(more.codes).toEqual(['disk-full']);
    expect(events.health()).toMatchObject({ state: 'degraded', detail: expect.stringMatching(/free space/) });

    small.makeRoom();
    const late = newEvents(20);
    await untilNot('disk-full', () => events.append('s-0', 'any', late));
    expect((await idsOf(events)).sort()).toEqual([...acknowledged, ...more.acknowledged, ...idsIn(late)].sort());
    expect(await verify()).toMatchObject({ ok: true });
  });

  test('or a log that may not be larger: the same, until it may', async () => {
    const path = pathOn(smallDisk());
    const full = await open(path, { maxBytes: 1_000_000 });
    const { acknowledged, codes } = await appendUntilRefused(full.events);
    expect(codes).toEqual(['disk-full']);
    expect(acknowledged.length).toBeGreaterThan(100);
    await full.close();
    const { events, verify } = await open(path, { maxBytes: 4_000_000 });
    expect((await idsOf(events)).sort()).toEqual(acknowledged);
    for (let n = 0; n < 10; n++) await events.append('s-0', 'any', newEvents(20));
    expect(await verify()).toMatchObject({ ok: true });
  });
});

describe('a disk that takes no writes', () => {
  test('since it has failed: the writer stops with a sentence; after its repair everything acknowledged is there', async () => {
    const failing = failingDisk();
    const { events, close } = await open(pathOn(failing));
    const acknowledged = newEvents(50);
    for (const event of acknowledged) await events.append('s', 'any', [event]);
    failing.fail();
    const late = newEvents(3);
    for (let n = 0; n < 2; n++) {
      expect(await rejection(events.append('s', 'any', late))).toMatchObject({
        code: 'read-only',
        message: expect.stringMatching(/takes no writes any more \(EROFS\).*check/),
      });
    }
    expect(events.health()).toMatchObject({
      state: 'degraded',
      detail: expect.stringMatching(/takes no writes any more/),
    });
    expect(await idsOf(events), 'reading goes on').toEqual(idsIn(acknowledged));
    await close();
    expect((await rejection(open(pathOn(failing)))).message).toMatch(/read-only/i);

    failing.repair();
    const again = await open(pathOn(failing));
    expect(await idsOf(again.events)).toEqual(idsIn(acknowledged));
    await again.events.append('s', 49n, late);
    expect(await again.verify()).toMatchObject({ ok: true, events: 53 });
  });

  test('for a while: the writer goes on by itself', async () => {
    const failing = failingDisk();
    const path = pathOn(failing);
    const { events, verify } = await open(path);
    const [first, late] = [newEvents(5), newEvents(5)];
    await events.append('s', 'no-stream', first);
    failing.protect(`${path}-wal`, true);
    expect(await rejection(events.append('s', 4n, late))).toMatchObject({ code: 'read-only' });
    expect(events.health()).toMatchObject({ state: 'degraded' });
    expect(await idsOf(events)).toEqual(idsIn(first));
    failing.protect(`${path}-wal`, false);
    expect(await untilNot('read-only', () => events.append('s', 4n, late))).toMatchObject({ revision: 9n });
    expect(events.health()).toMatchObject({ state: 'up' });
    expect(await verify()).toMatchObject({ ok: true, events: 10 });
  });

  test('is refused at the start with a sentence', async () => {
    const small = smallDisk();
    const { events, close } = await open(pathOn(small));
    await events.append('s', 'any', newEvents(3));
    await close();
    small.makeReadOnly();
    expect(await rejection(open(pathOn(small)))).toMatchObject({
      code: 'read-only',
      message: expect.stringMatching(/let this user write/),
    });
  });
});
