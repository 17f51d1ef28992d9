import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Metrics } from '../bench.js';
import { batches, readAll, readAllParsed, singles } from '../common/appends.js';
import { counted, type Counted } from '../common/counted.js';
import { filesystemOf } from '../common/filesystem.js';
import { makeRecords, SMALLEST_PAYLOAD_BYTES, STREAMS } from '../common/records.js';
import { inRounds, ownCpuSeconds, type Phase, type Results } from '../common/rounds.js';
import { table } from '../common/table.js';
import { appendToSubscriber } from './append-to-subscriber.js';
import { dbClient } from './db-client.js';
import { echo } from './echo.js';
import { ours, realEventStoreDb } from './esdb-store.js';
import type { WireStore, WireSubject } from './wire-store.js';

const phases = (rate: number): readonly Phase<WireStore>[] => [
  appendToSubscriber(rate, 3),
  singles('append_1', 1, 5_000),
  singles('append_64_in_flight', 64, 40_000),
  singles('append_512_in_flight', 512, 40_000),
  batches('append_batch100', 100, 100_000),
  readAll,
  readAllParsed,
];
/** The rest goes into starting, preparing, checking and counting. */
const MEASURED_SHARE = 0.75;

/** The embedded log in another process, by EventStoreDB's protocol; beside it what gRPC alone does, and the official client. */
export const wire: Bench = {
  name: 'wire',
  options: { dir: '.bench', seconds: '40', rate: '1000' },
  lessIsBetter: ['append_to_subscriber_p50_ms', 'append_to_subscriber_p99_ms', 'append_1_p50_ms', 'append_1_p99_ms'],
  async run({ dir, seconds, rate }) {
    mkdirSync(dir!, { recursive: true });
    const folder = mkdtempSync(join(dir!, 'wire-'));
    const real = process.env['MILLWRIGHT_ESDB'];
    const subjects = [ours, echo, dbClient, ...(real ? [realEventStoreDb(real)] : [])];
    try {
      console.log(
        `events of ${SMALLEST_PAYLOAD_BYTES} bytes or a few more, each log in a process of its own on ${filesystemOf(folder)}`,
      );
      console.log(
        real ? 'eventstoredb: MILLWRIGHT_ESDB' : 'set MILLWRIGHT_ESDB=esdb://… to have a real EventStoreDB beside',
      );
      const results = await measure(folder, subjects, phases(Number(rate)), Number(seconds) * MEASURED_SHARE);
      print(results, Number(rate));
      const { [ours.name]: own, ...reference } = Object.fromEntries(
        [...results].map(([name, { metrics }]) => [name, metrics]),
      );
      return { ours: own!, reference };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

const measure = async (
  folder: string,
  subjects: readonly WireSubject[],
  of: readonly Phase<WireStore>[],
  seconds: number,
): Promise<Map<string, Results>> => {
  const stores = new Map<WireSubject, Counted<WireStore>>();
  try {
    for (const subject of subjects) {
      mkdirSync(join(folder, subject.name));
      const store = counted(await subject.open(join(folder, subject.name)));
      stores.set(subject, store);
      await warmUp(store);
    }
    const contenders = [...stores].map(([{ name }, store]) => ({
      name,
      subject: store,
      cpuSeconds: () => ownCpuSeconds() + (store.serverCpuSeconds?.() ?? 0),
    }));
    return await inRounds<WireStore>(contenders, of, seconds);
  } finally {
    for (const [{ name, inspect }, store] of stores) {
      await store.close();
      if (inspect) store.verify(name, inspect(join(folder, name)), SMALLEST_PAYLOAD_BYTES);
    }
  }
};

/** Brings both processes' code to speed. */
const warmUp = async (store: WireStore): Promise<void> => {
  for (let n = 0; n < 20; n++) await store.append(n % STREAMS, makeRecords(100));
  const appends = makeRecords(2_000).map((record, n) => store.append(n % STREAMS, [record]));
  await Promise.all(appends);
  await store.readAll(performance.now() + 200);
};

const print = (results: ReadonlyMap<string, Results>, rate: number): void => {
  const pick = (key: 'metrics' | 'cpuUs'): Map<string, Metrics> =>
    new Map([...results].map(([name, result]) => [name, result[key]]));
  console.log(`\n${table('metric', pick('metrics'))}`);
  console.log(`\n${table('CPU of both processes, µs an event', pick('cpuUs'))}\n`);
  console.log(
    `append_to_subscriber: from the call of append to the subscriber, ${rate} single appends offered a second`,
  );
  console.log(
    'grpc-echo stores nothing and reads out one event again and again; db-client parses JSON in read_all too',
  );
};
