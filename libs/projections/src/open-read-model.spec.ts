import { existsSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { uuidV5 } from '@millwright/events';
import { MemoryEventStore } from '@millwright/event-store/testing';
import type { RecordedEvent } from '@millwright/event-store';
import { askAll, LINE, modelOf } from '@millwright/read-model/testing';
import type { LiveReadModel } from '@millwright/read-model';
import { openDatabase } from '@millwright/sqlite';
import { SCHEMA_VERSION } from './database/schema.js';
import { openReadModel, type ReadModelOptions } from './open-read-model.js';
import { temporaryFolder } from './read-model.fixture.js';

vi.setConfig({ testTimeout: 60_000 });

let folder: ReturnType<typeof temporaryFolder>;
const open: LiveReadModel[] = [];
beforeEach(() => void (folder = temporaryFolder()));
afterEach(async () => {
  await Promise.all(open.splice(0).map((model) => model.close()));
  folder.remove();
});

const openModel = async (options: Partial<ReadModelOptions> = {}): Promise<LiveReadModel & { rebuilt: string[] }> => {
  const rebuilt: string[] = [];
  const onRebuild = (reason: string): void => void rebuilt.push(reason);
  const model = await openReadModel({ path: folder.file('read-model.db'), onRebuild, ...options });
  open.push(model);
  return Object.assign(model, { rebuilt });
};

const logOf = async (...names: string[]): Promise<{ store: MemoryEventStore; events: RecordedEvent[] }> => {
  const store = new MemoryEventStore();
  for (const [i, id] of names.entries()) {
    const data = { model: modelOf(LINE, i), modelHash: '' };
    await store.append(`asset-${LINE}`, 'any', [{ id: uuidV5(id), type: 'ModelApplied', data, metadata: { time: i } }]);
  }
  const events: RecordedEvent[] = [];
  for await (const event of store.readAll()) events.push(event);
  return { store, events };
};

test('a reopened model goes on from its checkpoint', async () => {
  const { store, events } = await logOf('a', 'b', 'c');
  const first = await openModel();
  await first.project(events.slice(0, 2));
  await first.close();
  const second = await openModel({ log: store });
  expect(await second.checkpoint()).toBe(events[1]!.position);
  await second.project(events);
  expect((await second.assets((await second.head())!))[0]!.position).toBe(events[2]!.position);
  expect(second.rebuilt).toEqual([]);
});

test('a file of another version is built anew, and says so', async () => {
  const { events } = await logOf('a');
  const first = await openModel();
  await first.project(events);
  await first.close();
  const db = openDatabase(folder.file('read-model.db'), { synchronous: 'NORMAL' });
  db.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
  db.close();
  const second = await openModel();
  expect(second.rebuilt).toEqual([expect.stringMatching(/schema version 2, this program writes version 1/)]);
  expect(await second.checkpoint()).toBeUndefined();
  await second.project(events);
  expect(await second.checkpoint()).toBe(events[0]!.position);
});

test('a file that is no database is built anew, and says so', async () => {
  const path = folder.file('read-model.db');
  writeFileSync(path, 'not a database '.repeat(1_000));
  const model = await openModel();
  expect(model.rebuilt).toEqual([expect.stringContaining(`${path} cannot be read`)]);
  expect(await model.head()).toBeUndefined();
});

test.each([
  ['has another event at the checkpoint', ['a', 'B', 'c']],
  ['ends before the checkpoint', ['a']],
  ['is empty', []],
])('a file whose log %s is built anew, and says so', async (_, names) => {
  const { events } = await logOf('a', 'b');
  const first = await openModel();
  await first.project(events);
  await first.close();
  const replaced = await logOf(...names);
  const second = await openModel({ log: replaced.store });
  expect(second.rebuilt).toEqual([
    expect.stringContaining(`belongs to another log: this one has no event ${uuidV5('b')}`),
  ]);
  expect(await second.head()).toBeUndefined();
  await second.project(replaced.events);
  expect(await second.checkpoint()).toBe(replaced.events.at(-1)?.position);
});

test('a log whose retention has cut the checkpoint’s event away is still the same', async () => {
  const { events } = await logOf('a', 'b', 'c');
  const first = await openModel();
  await first.project(events.slice(0, 2));
  await first.close();
  const log = {
    head: async () => events[2]!.position,
    async *readAll() {
      yield events[2]!;
    },
    async *readStream() {
      // It was never restored.
    },
  };
  const second = await openModel({ log });
  expect(second.rebuilt).toEqual([]);
  expect(await second.checkpoint()).toBe(events[1]!.position);
});

test('a folder that is not there is told by path', async () => {
  const path = folder.file('absent/read-model.db');
  await expect(openModel({ path })).rejects.toMatchObject({
    name: 'ReadModelError',
    code: 'unavailable',
    message: expect.stringContaining(path),
  });
  expect(existsSync(path)).toBe(false);
});

test('reads do not wait for a write', async () => {
  const { events } = await logOf('a', 'b');
  const model = await openModel();
  await model.project(events.slice(0, 1));
  const head = (await model.head())!;
  const before = await askAll(model, head);
  const other = openDatabase(folder.file('read-model.db'), { synchronous: 'NORMAL' });
  other.exec('BEGIN IMMEDIATE; DELETE FROM asset_model');
  let written = false;
  const writing = model.project(events).then(() => (written = true));
  expect(await askAll(model, head)).toEqual(before);
  expect(written).toBe(false);
  expect(await model.head()).toEqual(head);
  other.exec('ROLLBACK');
  await writing;
  expect((await model.head())!.position).toBe(events[1]!.position);
});

test('an event that no projection can read is passed over and told, and those around it count', async () => {
  const { events } = await logOf('a', 'b', 'c');
  const reasons: string[] = [];
  const model = await openModel({ onPassedOver: (reason) => reasons.push(reason) });
  await model.project([events[0]!, { ...events[1]!, type: 'SamplesRecorded', data: { signals: 'none' } }, events[2]!]);
  expect(reasons).toEqual([
    expect.stringMatching(new RegExp(`SamplesRecorded in "asset-${LINE}" at position ${events[1]!.position}: `)),
  ]);
  const views = await model.assets((await model.head())!);
  expect(views.map(({ position }) => position)).toEqual([events[2]!.position]);
  expect((await model.moment({ position: events[1]!.position })).position).toBe(events[1]!.position);
});

test('forks are bounded, and closing one makes room', async () => {
  const { events } = await logOf('a');
  const model = await openModel({ maxForks: 1 });
  await model.project(events);
  const head = (await model.head())!;
  const options = { from: head, until: head, assets: [LINE], models: [modelOf(LINE, 7)] };
  // Asked at once: the one being opened counts.
  const [fork, refused] = await Promise.all([
    model.fork(options),
    model.fork(options).catch((error: unknown) => error),
  ]);
  expect(refused).toMatchObject({ code: 'overloaded' });
  await expect(model.fork(options)).rejects.toMatchObject({
    code: 'overloaded',
    message: expect.stringContaining('1 forks are open'),
  });
  expect((await fork.assets(head))[0]!.model.name).toBe(`${LINE} 7`);
  expect((await model.assets(head))[0]!.model.name).toBe(`${LINE} 0`);
  await fork.close();
  await fork.close();
  const last = await model.fork(options);
  await model.close();
  await last.close();
});

test('a fork refuses an asset that the log has never named', async () => {
  const { events } = await logOf('a');
  const model = await openModel({ maxForks: 1 });
  await model.project(events);
  const head = (await model.head())!;
  await expect(model.fork({ from: head, until: head, assets: ['acme/elsewhere'], models: [] })).rejects.toThrow(
    /"acme\/elsewhere" is none/,
  );
  await model.fork({ from: head, until: head, assets: [], models: [] });
});

test('a closed model refuses, and whoever waits is told', async () => {
  const model = await openModel();
  const waiting = model.reached(1n, 60_000);
  const closing = model.close();
  await expect(waiting).rejects.toMatchObject({ name: 'ReadModelError', code: 'closed' });
  await closing;
  await expect(model.project([])).rejects.toMatchObject({ name: 'ReadModelError', code: 'closed' });
});

test('a bucket has a width', async () => {
  const { events } = await logOf('a');
  const model = await openModel();
  await model.project(events);
  const request = { signal: `${LINE}:x`, range: { from: 0, to: 1 }, bucketMs: 0, limit: 1 };
  await expect(model.history((await model.head())!, request)).rejects.toThrow('bucketMs is 0; expected');
});
