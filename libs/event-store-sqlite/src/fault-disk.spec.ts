import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { EventStoreError, type EventStore, type NewEvent } from '@millwright/event-store';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openSqliteLog, type SqliteLog } from './open.js';
import { FailingDisk, SmallDisk } from './disk.fixture.js';

let log: SqliteLog | undefined;
let disk: SmallDisk | FailingDisk | undefined;
afterEach(async () => {
  await log?.close();
  disk?.unmount();
  log = disk = undefined;
});

const smallDisk = (): SmallDisk => (disk = new SmallDisk(24)) as SmallDisk;

const open = async (on: { readonly path: string }): Promise<SqliteLog> =>
  (log = await openSqliteLog({ path: join(on.path, 'log.db') }));

const event = (bytes = 500): NewEvent => ({
  id: randomUUID(),
  type: 'Happened',
  data: { text: 'x'.repeat(bytes) },
  metadata: { time: 1 },
});

const idsOf = async (store: EventStore): Promise<string[]> => {
  const ids: string[] = [];
  for await (const { id } of store.readAll()) ids.push(id);
  return ids;
};

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'written',
    (error: unknown) => (error as EventStoreError).code,
  );

/** Appends in many streams at once until one is refused; gives the ids that were acknowledged, and the codes of those that were not. */
const appendUntilRefused = async (store: EventStore): Promise<{ acknowledged: string[]; codes: Set<string> }> => {
  const acknowledged: string[] = [];
  const codes = new Set<string>();
  const writer = async (stream: string): Promise<void> => {
    while (codes.size === 0) {
      const batch = Array.from({ length: 20 }, () => event());
      const code = await codeOf(store.append(stream, 'any', batch));
      if (code === 'written') acknowledged.push(...batch.map(({ id }) => id));
      else codes.add(code);
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, n) => writer(`s-${n}`)));
  return { acknowledged, codes };
};

describe('a full disk', () => {
  test('refuses appends with a sentence, loses nothing that was acknowledged, and takes them again when there is room', async () => {
    const small = smallDisk();
    const ballast = small.fill(6_000_000);
    const { events, verify } = await open(small);
    const { acknowledged, codes } = await appendUntilRefused(events);
    expect([...codes]).toEqual(['disk-full']);
    expect(acknowledged.length).toBeGreaterThan(100);
    const refused = await events.append('s-0', 'any', [event()]).catch((error: unknown) => error as EventStoreError);
    expect(refused).toMatchObject({ code: 'disk-full', message: expect.stringMatching(/free space on its disk/) });
    expect(events.health()).toMatchObject({
      state: expect.stringMatching(/degraded|down/),
      detail: expect.stringMatching(/free space/),
    });
    expect((await idsOf(events)).sort(), 'reading goes on').toEqual(acknowledged.toSorted());

    rmSync(ballast);
    const late = event();
    await vi.waitUntil(async () => (await codeOf(events.append('s-0', 'any', [late]))) === 'written', {
      timeout: 20_000,
    });
    await vi.waitUntil(() => events.health().state === 'up', { timeout: 20_000 });
    expect((await idsOf(events)).sort()).toEqual([...acknowledged, late.id].sort());
    expect(await verify()).toMatchObject({ ok: true });
  });

  test('is found at the next start too: what was acknowledged is there, and the log is opened to read', async () => {
    const small = smallDisk();
    const ballast = small.fill(6_000_000);
    const first = await open(small);
    const { acknowledged } = await appendUntilRefused(first.events);
    await first.close();
    rmSync(ballast);
    const { events, verify } = await open(small);
    expect((await idsOf(events)).sort()).toEqual(acknowledged.toSorted());
    expect(await verify()).toMatchObject({ ok: true });
    await events.append('s-0', 'any', [event()]);
  });
});

describe('a disk that takes no writes any more', () => {
  test('stops the writer with a sentence; after its repair everything acknowledged is there', async () => {
    const failing = (disk = new FailingDisk(48)) as FailingDisk;
    const { events, close } = await open(failing);
    const acknowledged = Array.from({ length: 50 }, () => event());
    for (const one of acknowledged) await events.append('s', 'any', [one]);
    failing.fail();
    const refused = await events.append('s', 'any', [event()]).catch((error: unknown) => error as EventStoreError);
    expect(refused).toBeInstanceOf(EventStoreError);
    expect((refused as EventStoreError).code).toMatch(/^(read-only|unavailable)$/);
    expect(await idsOf(events), 'reading goes on').toEqual(acknowledged.map(({ id }) => id));
    expect(events.health()).toMatchObject({ state: expect.stringMatching(/degraded|down/) });
    await close();
    failing.repair();
    const again = await open(failing);
    expect((await idsOf(again.events)).slice(0, 50)).toEqual(acknowledged.map(({ id }) => id));
    expect(await again.verify()).toMatchObject({ ok: true });
    await again.events.append('s', 'any', [event()]);
  });

  test('is refused at the start with a sentence', async () => {
    const small = smallDisk();
    const { events, close } = await open(small);
    await events.append('s', 'any', [event()]);
    await close();
    small.remount('ro');
    const refused = await openSqliteLog({ path: join(small.path, 'log.db') }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'read-only', message: expect.stringMatching(/let this user write/) });
  });
});
