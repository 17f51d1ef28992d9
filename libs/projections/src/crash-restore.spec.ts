import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { EventStore } from '@millwright/event-store';
import { openSqliteLog, restoreLog, type SqliteLog } from '@millwright/event-store-sqlite';
import { askAll, expectSame, LINE, MemoryReadModel, modelOf } from '@millwright/read-model/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openReadModel } from './open-read-model.js';
import { temporaryFolder } from './read-model.fixture.js';

vi.setConfig({ testTimeout: 60_000 });

let folder: ReturnType<typeof temporaryFolder>;
const opened: { close(): Promise<void> }[] = [];
beforeEach(() => void (folder = temporaryFolder()));
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  folder.remove();
});

const openLog = async (name: string): Promise<SqliteLog> => {
  const log = await openSqliteLog({ path: folder.file(name) });
  opened.push(log);
  return log;
};

/** Appends models of the line, named by their numbers. */
const apply = async (store: EventStore, ...versions: number[]): Promise<void> => {
  for (const version of versions) {
    const data = { model: modelOf(LINE, version), modelHash: '' };
    const event = { id: randomUUID(), type: 'ModelApplied', data: { ...data }, metadata: { time: version } };
    await store.append(`asset-${LINE}`, 'any', [event]);
  }
};

/** Opens the read model on a log, brings it up to date and closes it. Gives the name of the line, and why it was built anew. */
const project = async (store: EventStore): Promise<{ line: string; rebuilt: string[] }> => {
  const rebuilt: string[] = [];
  const model = await openReadModel({
    path: folder.file('read-model.db'),
    log: store,
    onRebuild: (reason) => void rebuilt.push(reason),
  });
  opened.push(model);
  const checkpoint = await model.checkpoint();
  const [plain, all] = [new MemoryReadModel(), []] as [MemoryReadModel, Parameters<typeof model.project>[0][number][]];
  for await (const event of store.readAll()) all.push(event);
  await model.project(all.filter(({ position }) => checkpoint === undefined || position > checkpoint));
  await plain.project(all);
  const head = (await model.head())!;
  expectSame(await askAll(model, head), await askAll(plain, head));
  const [line] = await model.assets(head);
  await model.close();
  return { line: line!.model.name, rebuilt };
};

test.each([
  ['ends before the read model', []],
  ['has gone on to where the read model was', [20, 21, 22, 23]],
])('a log restored from a backup, which %s: the read model is built anew from it', async (_, later) => {
  const log = await openLog('log.db');
  await apply(log.events, 1, 2);
  await log.backup(folder.file('copy.db'));
  await apply(log.events, 3, 4);
  expect(await project(log.events)).toEqual({ line: `${LINE} 4`, rebuilt: [] });
  await log.close();
  for (const suffix of ['', '-wal']) rmSync(folder.file(`log.db${suffix}`), { force: true });

  await restoreLog(folder.file('copy.db'), folder.file('log.db'));
  const restored = await openLog('log.db');
  await apply(restored.events, ...later);
  const { line, rebuilt } = await project(restored.events);
  expect(line).toBe(`${LINE} ${later.at(-1) ?? 2}`);
  expect(rebuilt).toEqual([
    expect.stringMatching(
      /belongs to another log: this one has no event .*, it was restored from a backup that ends at position 2$/,
    ),
  ]);
  expect((await project(restored.events)).rebuilt).toEqual([]);
});

test('a read model that has seen no more than the backup goes on', async () => {
  const log = await openLog('log.db');
  await apply(log.events, 1, 2);
  await project(log.events);
  await apply(log.events, 3);
  await log.backup(folder.file('copy.db'));
  await apply(log.events, 4);
  await log.close();
  await restoreLog(folder.file('copy.db'), folder.file('restored.db'));
  const restored = await openLog('restored.db');
  await apply(restored.events, 5);
  expect(await project(restored.events)).toEqual({ line: `${LINE} 5`, rebuilt: [] });
});
