import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { RecordedEvent } from '@millwright/event-store';
import { askAll, expectSame, MemoryReadModel, plantStory, type Answers } from '@millwright/read-model/testing';
import { openDatabase } from '@millwright/sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openForWriting } from './database/schema.js';
import { Projector, type ProjectorEvent } from './projector.js';
import { openWithoutThreads, temporaryFolder } from './read-model.fixture.js';

vi.setConfig({ testTimeout: 60_000 });

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => void (folder = temporaryFolder()));
afterEach(() => folder.remove());

const inBatches = (story: readonly RecordedEvent[], size: number): RecordedEvent[][] =>
  Array.from({ length: Math.ceil(story.length / size) }, (_, i) => story.slice(i * size, (i + 1) * size));

/** A story of 60 events, the same in every run. */
const longStory = (seed: number): RecordedEvent[] => fc.sample(plantStory(60, 60), { numRuns: 1, seed })[0]!;

test('a crash loses whole transactions of the end, and going on from the checkpoint makes up for them', async () => {
  const story = longStory(7);
  const path = folder.file('live.db');
  const model = await openWithoutThreads(path, 16);
  const atHead = new Map<bigint | undefined, Answers>();
  for (const batch of inBatches(story, 5)) {
    await model.project(batch);
    const head = (await model.head())!;
    atHead.set(head.position, await askAll(model, head));
  }
  const head = (await model.head())!;
  const wal = readFileSync(`${path}-wal`);
  const heads = new Set<bigint | undefined>();
  // What a power cut leaves of the write-ahead log: all up to some byte.
  for (let i = 0; i <= 24; i++) {
    const crashed = folder.file(`crashed-${i}.db`);
    copyFileSync(path, crashed);
    writeFileSync(`${crashed}-wal`, wal.subarray(0, Math.floor((wal.length * i) / 24)));
    const again = await openWithoutThreads(crashed, 16);
    const checkpoint = await again.checkpoint();
    heads.add(checkpoint);
    if (checkpoint !== undefined) expect(await askAll(again, (await again.head())!)).toEqual(atHead.get(checkpoint));
    await again.project(story.filter(({ position }) => checkpoint === undefined || position > checkpoint));
    expect(await askAll(again, head)).toEqual(atHead.get(head.position));
    await again.close();
  }
  expect(heads.size).toBeGreaterThan(5);
  await model.close();
});

test('a full disk leaves everything as it was, and the same batch goes in once there is room', async () => {
  const story = longStory(11);
  const path = folder.file('full.db');
  const { db } = openForWriting(path);
  const projector = new Projector(db!, { maxTail: 16 });
  const slim = story.map(({ metadata, ...event }): ProjectorEvent => ({ ...event, time: metadata.time }));
  const half = slim.length >> 1;
  for (let i = 0; i < half; i += 5) projector.project(slim.slice(i, Math.min(i + 5, half)));
  const before = projector.logEnd;

  const [[pages]] = db!.prepare('PRAGMA page_count').raw().all([]) as [[number]];
  db!.pragma(`max_page_count = ${pages}`);
  const large = slim.slice(half).map((event) => ({ ...event, id: event.id.padEnd(100_000, '-') }));
  expect(() => projector.project(large)).toThrow(/full/);
  expect(projector.logEnd).toEqual(before);

  db!.pragma('max_page_count = 1000000');
  projector.project(slim.slice(half));
  const [plain, model] = [new MemoryReadModel(), await openWithoutThreads(path, 16)];
  await plain.project(story);
  for (const event of [story[half]!, story.at(-1)!]) {
    const at = { position: event.position, time: event.recordedAt };
    expectSame(await askAll(model, at), await askAll(plain, at));
  }
  await model.close();
  db!.close();
});

test('two connections of one file: the reader sees what was committed, whole', async () => {
  const path = folder.file('two.db');
  const model = await openWithoutThreads(path, 4);
  const reader = openDatabase(path, { synchronous: 'NORMAL', readonly: true });
  const samples = reader
    .prepare('SELECT (SELECT count(*) FROM sample_tail) + (SELECT count(*) FROM sample_history)')
    .raw();
  const events = reader.prepare('SELECT count(*) FROM event').raw();
  let stored = 0;
  let seen = 0;
  for (const batch of inBatches(longStory(3), 7)) {
    await model.project(batch);
    seen += batch.length;
    for (const { type, data } of batch)
      if (type === 'SamplesRecorded') stored += (data as { signal: number[] }).signal.length;
    expect([samples.all([]), events.all([])]).toEqual([[[stored]], [[seen]]]);
  }
  reader.close();
  await model.close();
});
