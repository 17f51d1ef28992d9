import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { idsIn, idsOf, newEvents } from './fault.fixture.js';
import { openSqliteLog } from './open.js';

vi.setConfig({ testTimeout: 120_000 });

const APPENDS = 12;

/** A log as it stands on the disk while a process has it open: all of it in the WAL. */
interface LiveFiles {
  readonly path: string;
  readonly wal: Buffer;
  /** By append: its ids, and where its part of the WAL ends. */
  readonly appends: readonly { readonly ids: string[]; readonly end: number }[];
}

let dir: string;
let live: LiveFiles;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'millwright-torn-'));
  const path = join(dir, 'live.db');
  const { events, close } = await openSqliteLog({ path });
  const appends: { ids: string[]; end: number }[] = [];
  for (let n = 0; n < APPENDS; n++) {
    const batch = newEvents(1 + 7 * (n % 4));
    await events.append(`s-${n % 3}`, 'any', batch);
    appends.push({ ids: idsIn(batch), end: statSync(`${path}-wal`).size });
  }
  copyFileSync(path, join(dir, 'copy.db'));
  live = { path: join(dir, 'copy.db'), wal: readFileSync(`${path}-wal`), appends };
  await close();
});
afterAll(() => rmSync(dir, { recursive: true }));

/** Opens the log with the WAL as a power cut has left it, without an index of it: so many appends are there, whole, and it goes on. */
const expectAppends = async (wal: Buffer, count: number): Promise<void> => {
  const path = join(dir, 'torn.db');
  for (const suffix of ['-wal', '-shm']) if (existsSync(`${path}${suffix}`)) rmSync(`${path}${suffix}`);
  copyFileSync(live.path, path);
  writeFileSync(`${path}-wal`, wal);
  const { events, verify, close } = await openSqliteLog({ path });
  try {
    expect(await idsOf(events)).toEqual(live.appends.slice(0, count).flatMap(({ ids }) => ids));
    const late = newEvents(2);
    await events.append('s-0', 'any', late);
    expect((await idsOf(events)).slice(-2)).toEqual(idsIn(late));
    expect(await verify()).toMatchObject({ ok: true });
  } finally {
    await close();
  }
};

/** The last append, which was told to be durable to nobody, has this part of the WAL. */
const lastAppend = (): { from: number; to: number } => ({
  from: live.appends.at(-2)!.end,
  to: live.appends.at(-1)!.end,
});

describe('the WAL, as a power cut leaves it', () => {
  test('whole: all is there', async () => {
    await expectAppends(live.wal, APPENDS);
  });

  test('cut anywhere: every append that it holds whole is there, and nothing of the one that is torn', async () => {
    // Before the first append it holds the tables of a new log.
    const first = live.appends[0]!.end;
    const cut = fc.oneof(
      fc.integer({ min: first, max: live.wal.length - 1 }),
      fc.constantFrom(...live.appends.flatMap(({ end }) => [end - 1, end, end + 1])),
    );
    const property = fc.asyncProperty(cut, async (at) => {
      await expectAppends(live.wal.subarray(0, at), live.appends.filter(({ end }) => end <= at).length);
    });
    await fc.assert(property, { numRuns: 20 });
  });

  test('damaged anywhere in the last append: bits that turned, pages of zeros or of what was there before', async () => {
    const { from, to } = lastAppend();
    const place = fc.integer({ min: from, max: to - 1 });
    const filling = fc.constantFrom('zeros', 'noise', 'what was before', 'one bit' as const);
    const property = fc.asyncProperty(place, fc.integer({ min: 1, max: 9_000 }), filling, async (at, length, fill) => {
      const torn = Buffer.from(live.wal);
      const end = Math.min(at + length, to);
      if (fill === 'zeros') torn.fill(0, at, end);
      if (fill === 'noise') torn.fill(0xa5, at, end);
      if (fill === 'what was before') torn.copy(torn, at, 32, 32 + end - at);
      if (fill === 'one bit') torn[at]! ^= 1 << (length % 8);
      await expectAppends(torn, torn.equals(live.wal) ? APPENDS : APPENDS - 1);
    });
    await fc.assert(property, { numRuns: 20 });
  });
});
