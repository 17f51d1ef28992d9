import { mkdirSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { counted } from '../common/counted.js';
import { makeRecords, SMALLEST_PAYLOAD_BYTES } from '../common/records.js';
import type { Keeper } from './log-store.js';
import { ours } from './ours.js';
import { rawFile } from './raw-file.js';
import { rawSqlite, rawSqliteInThread, rawSqliteWorker } from './raw-sqlite.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'millwright-bench-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const KEEPERS = [ours, rawSqliteWorker, rawSqliteInThread, rawSqlite, rawFile];

describe.each(KEEPERS.map((keeper) => [keeper.name, keeper] as const))('%s', (_, keeper: Keeper) => {
  test('keeps what it has acknowledged, hands it over, and it is there when the store is closed', async () => {
    const store = counted(await keeper.open(folder));
    await Promise.all(makeRecords(600).map((record, n) => store.append(n % 3, [record])));
    await store.append(3, makeRecords(1_000));
    expect(await store.readAll(Infinity)).toBe(1_600);
    expect(await store.readAllParsed!(Infinity)).toBe(1_600);
    if (keeper !== rawFile) expect(await store.readStream!(3, Infinity)).toBe(1_000);
    await store.close();
    const contents = await keeper.inspect(folder);
    expect(contents.events).toBe(1_600);
    expect(contents.fileBytes).toBeGreaterThan(1_600 * SMALLEST_PAYLOAD_BYTES);
    store.verify(keeper.name, contents, SMALLEST_PAYLOAD_BYTES);
  }, 60_000);

  test('a read stops when its time is up', async () => {
    const store = await keeper.open(folder);
    for (let n = 0; n < 10; n++) await store.append(0, makeRecords(1_000, n * 1_000));
    expect(await store.readAll(0)).toBeLessThan(5_000);
    expect(await store.readAll(Infinity)).toBe(10_000);
    await store.close();
  }, 60_000);
});

test('an acknowledged event that is not on the disk fails the benchmark', async () => {
  const store = counted(await rawFile.open(folder));
  await store.append(0, makeRecords(10));
  await store.close();
  truncateSync(join(folder, 'raw.log'), (await rawFile.inspect(folder)).fileBytes - 1);
  const contents = await rawFile.inspect(folder);
  expect(() => store.verify('raw-file', contents, SMALLEST_PAYLOAD_BYTES)).toThrow(
    /raw-file has acknowledged 10 events.*keeps 9/,
  );
});

test('an event without its payload fails the benchmark', async () => {
  mkdirSync(join(folder, 'sub'));
  const store = counted(await rawSqlite.open(join(folder, 'sub')));
  await store.append(0, [{ ...makeRecords(1)[0]!, data: '{}' }]);
  await store.close();
  const contents = await rawSqlite.inspect(join(folder, 'sub'));
  expect(() => store.verify('raw', contents, SMALLEST_PAYLOAD_BYTES)).toThrow(/keeps 1 of at least \d+ bytes/);
});
