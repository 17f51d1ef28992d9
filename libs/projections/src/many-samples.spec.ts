import { encodeSamples, signalId, type Sample } from '@millwright/events';
import type { RecordedEvent } from '@millwright/event-store';
import { expectSame, LINE, MemoryReadModel, STORY_START } from '@millwright/read-model/testing';
import type { HistoryRequest, LiveReadModel } from '@millwright/read-model';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openWithoutThreads, temporaryFolder } from './read-model.fixture.js';

vi.setConfig({ testTimeout: 60_000 });

const MIN = 60_000;
const SIGNAL = signalId(LINE, 'temperature');
let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => void (folder = temporaryFolder()));
afterEach(() => folder.remove());

const recorded = (position: number, samples: readonly Omit<Sample, 'status' | 'signal'>[]): RecordedEvent => {
  const time = STORY_START + position;
  const columns = encodeSamples(
    samples.map((sample) => ({ signal: 'temperature', status: 0, ...sample })),
    time,
  );
  const filtered =
    position % 3 === 0 ? { filtered: [{ signal: 'temperature', reason: 'deadband', count: position }] } : {};
  return {
    ...{ id: `id-${position}`, stream: `asset-${LINE}`, type: 'SamplesRecorded', revision: BigInt(position) },
    data: { ...columns, ...filtered, gateway: 'g', connection: 'c', sequence: 0 },
    ...{ metadata: { time }, position: BigInt(position), recordedAt: time },
  };
};

const momentOf = ({ position, recordedAt }: RecordedEvent) => ({ position, time: recordedAt });

/** The fast model, reopened between the batches, and the plain one. */
const both = async (batches: readonly RecordedEvent[][], maxTail: number): Promise<[LiveReadModel, LiveReadModel]> => {
  const plain = new MemoryReadModel();
  const path = folder.file('read-model.db');
  let model = await openWithoutThreads(path, maxTail);
  for (const batch of batches) {
    await plain.project(batch);
    await model.project(batch);
    await model.close();
    model = await openWithoutThreads(path, maxTail);
  }
  return [model, plain];
};

test('history longer than one page of rows, with many samples of one source time', async () => {
  const at = (i: number): number => STORY_START + Math.floor(i / 700) * 45_000;
  const events = [1, 2, 3, 4].map((position) =>
    recorded(
      position,
      Array.from({ length: 900 }, (_, i) => ({ value: i / 10 + position, sourceTime: at(i + position * 350) })),
    ),
  );
  const [model, plain] = await both([events.slice(0, 2), events.slice(2)], 1_000);
  const range = { from: STORY_START, to: STORY_START + 60 * MIN };
  const requests: HistoryRequest[] = [undefined, 10_000, MIN, 5 * MIN].map((bucketMs) => ({
    ...{ signal: SIGNAL, range, limit: 3_500 },
    ...(bucketMs !== undefined && { bucketMs }),
  }));
  for (const event of events) {
    for (const request of requests) {
      expectSame(await model.history(momentOf(event), request), await plain.history(momentOf(event), request));
    }
  }
  expect((await model.history(momentOf(events[3]!), requests[0]!)).truncated).toBe(true);
  await model.close();
});

test('more cells than are kept in memory, and late samples for the oldest of them', async () => {
  const perMinute = (position: number, count: number, shift: number): RecordedEvent =>
    recorded(
      position,
      Array.from({ length: count }, (_, i) => ({ value: i % 17, sourceTime: STORY_START - i * MIN + shift })),
    );
  const events = [perMinute(1, 20_500, 0), perMinute(2, 10, 7), perMinute(3, 3_000, 20_000), perMinute(4, 3, 5)];
  const [model, plain] = [await openWithoutThreads(folder.file('many.db'), 1), new MemoryReadModel()];
  for (const event of events) for (const one of [model, plain]) await one.project([event]);
  const range = { from: STORY_START - 4_000 * MIN, to: STORY_START + MIN };
  for (const event of events) {
    for (const bucketMs of [MIN, 60 * MIN]) {
      const request = { signal: SIGNAL, range, bucketMs, limit: 10_000 };
      expectSame(await model.history(momentOf(event), request), await plain.history(momentOf(event), request));
    }
    expectSame(await model.latest(momentOf(event), [SIGNAL]), await plain.latest(momentOf(event), [SIGNAL]));
  }
  await model.close();
});

test('the ledger of hundreds of batches, at every moment and across restarts', async () => {
  const events = Array.from({ length: 300 }, (_, i) =>
    recorded(
      i + 1,
      Array.from({ length: i % 4 }, (_, k) => ({ value: k, sourceTime: STORY_START + i })),
    ),
  );
  const [model, plain] = await both([events.slice(0, 100), events.slice(100, 130), events.slice(130)], 50);
  for (const event of events) {
    expect(await model.ledger(momentOf(event))).toEqual(await plain.ledger(momentOf(event)));
  }
  await model.close();
});

test.each([1, 25])('an average of the past is the same to the last bit, with a tail of %i', async (maxTail) => {
  // Tenths, newest first: their sum depends on the order in which they are added.
  const events = Array.from({ length: 12 }, (_, i) =>
    recorded(
      i + 1,
      Array.from({ length: 10 }, (_, k) => ({
        value: ((i * 7 + k * 3) % 11) / 10,
        sourceTime: STORY_START + 20_000 - i * 1_000 - k,
      })),
    ),
  );
  const model = await openWithoutThreads(folder.file('bits.db'), maxTail);
  const averages = (event: RecordedEvent) =>
    Promise.all(
      [MIN, 5 * MIN, 60 * MIN].map(async (bucketMs) => {
        const range = { from: STORY_START - 60 * MIN, to: STORY_START + 60 * MIN };
        return (await model.history(momentOf(event), { signal: SIGNAL, range, bucketMs, limit: 10 })).avg;
      }),
    );
  const atHead = [];
  for (const event of events) {
    await model.project([event]);
    atHead.push(await averages(event));
  }
  for (const [i, event] of events.entries()) expect(await averages(event)).toEqual(atHead[i]);
  await model.close();
});
