import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStoreError, NewEvent, RecordedEvent } from '@millwright/event-store';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteLog } from './open.js';
import { verifyFile } from './verify-file.js';

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'millwright-torn-'))));
afterEach(() => rmSync(dir, { recursive: true }));

const batch = (append: number): NewEvent[] =>
  Array.from({ length: 3 }, (_, n) => ({
    id: randomUUID(),
    type: 'Happened',
    data: { append, n, text: 'x'.repeat(300) },
    metadata: { time: 1 },
  }));

/** A log with so many appends of three events, as it stands on the disk while a process has it open. */
const liveFiles = async (appends: number): Promise<{ path: string; sizes: number[] }> => {
  const path = join(dir, 'live.db');
  const copy = join(dir, 'copy.db');
  const { events, close } = await openSqliteLog({ path });
  /** Length of the WAL after each append. */
  const sizes: number[] = [];
  for (let n = 0; n < appends; n++) {
    await events.append(`s-${n % 4}`, 'any', batch(n));
    sizes.push(readFileSync(`${path}-wal`).length);
  }
  for (const suffix of ['', '-wal']) copyFileSync(`${path}${suffix}`, `${copy}${suffix}`);
  await close();
  return { path: copy, sizes };
};

/** A power cut leaves pages of the files, and no index of the WAL. */
const writeWal = (path: string, bytes: Buffer): void => {
  writeFileSync(`${path}-wal`, bytes);
  if (existsSync(`${path}-shm`)) rmSync(`${path}-shm`);
};

const readAll = async (path: string): Promise<RecordedEvent[]> => {
  const { events, close, verify } = await openSqliteLog({ path });
  const read: RecordedEvent[] = [];
  for await (const event of events.readAll()) read.push(event);
  expect(await verify()).toMatchObject({ ok: true });
  await events.append('s-0', 'any', batch(99));
  await close();
  return read;
};

const appendsOf = (events: readonly RecordedEvent[]): number[] => {
  const numbers = events.map(({ data }) => (data as { append: number }).append);
  for (const append of new Set(numbers))
    expect(
      numbers.filter((n) => n === append),
      'whole',
    ).toHaveLength(3);
  return [...new Set(numbers)];
};

describe('the last pages, torn by a power cut', () => {
  const damage: [string, (wal: Buffer, from: number, to: number) => Buffer][] = [
    ['cut in the middle', (wal, from, to) => wal.subarray(0, from + Math.floor((to - from) / 2))],
    ['cut by one byte', (wal, _, to) => wal.subarray(0, to - 1)],
    ['zero from the middle on', (wal, from, to) => Buffer.from(wal).fill(0, from + Math.floor((to - from) / 2), to)],
    [
      'with one bit turned',
      (wal, from, to) => {
        const torn = Buffer.from(wal);
        torn[from + Math.floor((to - from) / 3)]! ^= 1;
        return torn;
      },
    ],
  ];
  test.each(damage)('%s: every append before is there, the torn one is not, and the log goes on', async (_, tear) => {
    const { path, sizes } = await liveFiles(12);
    const wal = readFileSync(`${path}-wal`);
    // The last append alone is torn: those before were told to be durable, and it was not yet.
    writeWal(path, tear(wal, sizes.at(-2)!, sizes.at(-1)!));
    expect(appendsOf(await readAll(path))).toEqual(Array.from({ length: 11 }, (_unused, n) => n));
  });

  test('nothing torn: all is there', async () => {
    const { path } = await liveFiles(12);
    expect(appendsOf(await readAll(path))).toHaveLength(12);
  });
});

describe('a page of the file itself, damaged', () => {
  /** Each place where the text stands in the file, changed by one letter. */
  const spoil = (path: string, text: string): void => {
    const bytes = readFileSync(path);
    let places = 0;
    for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
      bytes[at] = bytes[at]! ^ 1;
      places++;
    }
    expect(places).toBeGreaterThan(0);
    writeFileSync(path, bytes);
  };

  test('a letter of one event: SQLite does not notice, the digest does, with its place', async () => {
    const path = join(dir, 'log.db');
    const { events, close } = await openSqliteLog({ path });
    for (let n = 0; n < 30; n++) await events.append(`s-${n % 4}`, 'any', batch(n));
    await close();
    spoil(path, '"append":17,"n":1');
    const report = await verifyFile(path);
    expect(report.ok).toBe(false);
    // The 18th append wrote the events 52 to 54.
    expect(Number(report.firstProblem!.position)).toBeGreaterThanOrEqual(52);
    expect(Number(report.firstProblem!.position)).toBeLessThanOrEqual(54);
    expect(report.firstProblem!.sentence).toMatch(/\w+ \w+/);
  });

  test('a whole page: opening or verifying says "corrupt", and what to do', async () => {
    const path = join(dir, 'log.db');
    const { events, close } = await openSqliteLog({ path });
    for (let n = 0; n < 300; n++) await events.append(`s-${n % 4}`, 'any', batch(n));
    await close();
    const bytes = readFileSync(path);
    const page = 8_192;
    for (let at = page * 12; at < page * 20; at += page) bytes.fill(0xa5, at, at + page);
    writeFileSync(path, bytes);
    const found = await verifyFile(path).then(
      (report) => report.firstProblem?.sentence ?? '',
      (error: unknown) => (error as EventStoreError).message,
    );
    expect(found).toMatch(/malformed|corrupt|damaged|differ|not what|missing/i);
  });
});
