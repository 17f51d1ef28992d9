import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStoreError, RecordedEvent } from '@millwright/event-store';
import { collect, rejection } from '@millwright/event-store/testing';
import { openDatabase } from '@millwright/sqlite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { backupLog } from './backup.js';
import { newEvents } from './fault.fixture.js';
import { openSqliteLog } from './open.js';
import { NEW_FILE } from './schema.js';
import { verifyFile } from './verify-file.js';

vi.setConfig({ testTimeout: 120_000 });

const STREAMS = ['first', 'second', 'third'];
const PER_STREAM = 200;
const PAGE = NEW_FILE.pageSize;

let dir: string;
let path: string;
/** One that is whole: three streams, one behind the other. */
let whole: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'millwright-page-'));
  whole = join(dir, 'whole.db');
  path = join(dir, 'log.db');
  const { events, close } = await openSqliteLog({ path: whole });
  for (const stream of STREAMS) {
    for (let n = 0; n < PER_STREAM; n += 10) await events.append(stream, 'any', newEvents(10));
  }
  await close();
});
afterAll(() => rmSync(dir, { recursive: true }));

/** A copy of the log with one page full of something else; pages are counted from 1. */
const damage = (page: number, filling = 0xa5): void => {
  for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  const bytes = readFileSync(whole);
  bytes.fill(filling, (page - 1) * PAGE, page * PAGE);
  writeFileSync(path, bytes);
};

/** What a verification finds, whether as a report or as a reason not to begin. */
const verdict = (): Promise<{ ok: boolean; sentence: string; position?: bigint }> =>
  verifyFile(path).then(
    ({ ok, firstProblem }) => ({ ok, sentence: firstProblem?.sentence ?? '', position: firstProblem?.position ?? 0n }),
    ({ code, message }: EventStoreError) => ({ ok: false, sentence: `${code}: ${message}` }),
  );

/** The page that holds the event in the middle of the second stream. */
const middlePage = (): number => {
  const db = openDatabase(whole, { synchronous: 'FULL', readonly: true });
  const sql = `SELECT id FROM events WHERE position = ${1.5 * PER_STREAM}`;
  const [id] = db.prepare(sql).raw().get() as [Buffer];
  db.close();
  // Its row, not the index's entry: the id and the data stand in one page.
  const bytes = readFileSync(whole);
  for (let at = bytes.indexOf(id); at >= 0; at = bytes.indexOf(id, at + 1)) {
    const page = Math.floor(at / PAGE);
    if (bytes.subarray(page * PAGE, (page + 1) * PAGE).includes('{"n":')) return page + 1;
  }
  return expect.fail('the event is in no page');
};

const read = async (events: AsyncIterable<RecordedEvent>): Promise<number> => (await collect(events)).length;

test('whatever page of a log is damaged, a verification finds it', async () => {
  const pages = statSync(whole).size / PAGE;
  expect(pages).toBeGreaterThan(50);
  const overlooked: number[] = [];
  for (let page = 1; page <= pages; page++) {
    damage(page, page % 2 === 0 ? 0 : 0xa5);
    const { ok, sentence } = await verdict();
    if (ok || sentence === '') overlooked.push(page);
  }
  expect(overlooked).toEqual([]);
});

test('a page of events: told with its place; the others can be read, and the log goes on', async () => {
  damage(middlePage());
  const { ok, sentence, position } = await verdict();
  expect(ok).toBe(false);
  expect(sentence).toMatch(/SQLite cannot read on from here: .*malformed.*SQLITE_CORRUPT/);
  expect(position).toBeGreaterThan(BigInt(1.5 * PER_STREAM - 40));
  expect(position).toBeLessThanOrEqual(BigInt(1.5 * PER_STREAM));

  const { events, close } = await openSqliteLog({ path });
  try {
    expect(await rejection(read(events.readStream('second')))).toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(
        /read stream "second" .*malformed; stop the server and restore the file from a copy/,
      ),
    });
    expect(await read(events.readStream('first'))).toBe(PER_STREAM);
    expect(await read(events.readStream('third'))).toBe(PER_STREAM);
    expect(await read(events.readAll({ maxCount: PER_STREAM }))).toBe(PER_STREAM);
    expect(await read(events.readAll({ direction: 'backwards', maxCount: PER_STREAM }))).toBe(PER_STREAM);
    await events.append('third', BigInt(PER_STREAM - 1), newEvents(1));
    expect(await read(events.readStream('third'))).toBe(PER_STREAM + 1);
  } finally {
    await close();
  }
  expect(await rejection(backupLog(path, join(dir, 'backup.db')))).toMatchObject({ code: 'corrupt' });
});

test('the first page: no log any more, and what to do', async () => {
  damage(1);
  expect(await rejection(openSqliteLog({ path }))).toMatchObject({
    code: 'corrupt',
    message: expect.stringMatching(/file is not a database; stop the server and restore the file from a copy/),
  });
});

test('one letter of one event: SQLite does not notice, the digest does, with its place', async () => {
  const bytes = readFileSync(whole);
  const at = bytes.indexOf('{"n":7,', (middlePage() - 1) * PAGE);
  bytes[at + 5] = '8'.charCodeAt(0);
  for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  writeFileSync(path, bytes);
  const { ok, firstProblem } = await verifyFile(path);
  expect(ok).toBe(false);
  expect(firstProblem).toMatchObject({ stream: 'second', sentence: expect.stringMatching(/changed, lost or added/) });
  expect(firstProblem!.position).toBeGreaterThan(BigInt(PER_STREAM));
  expect(firstProblem!.position).toBeLessThan(BigInt(2 * PER_STREAM));
});
