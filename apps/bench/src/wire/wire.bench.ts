import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { positive, type Bench, type Metrics } from '../bench.js';
import { batches, readAll, readAllParsed, readStream, singles } from '../common/appends.js';
import { counted, type Counted } from '../common/counted.js';
import { circumstances, withFolder } from '../common/machine.js';
import { makeRecords, SMALLEST_PAYLOAD_BYTES, STREAMS } from '../common/records.js';
import { inRounds, metricsOf, ownCpuSeconds, type Phase, type Results } from '../common/rounds.js';
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
  batches('append_batch1000', 1_000, 150_000),
  readAll,
  readAllParsed,
  readStream,
];
/** The rest goes into starting, preparing, checking and counting. */
const MEASURED_SHARE = 0.75;

/** The embedded log in another process, by EventStoreDB's protocol; beside it what gRPC alone does, and the official client. */
export const wire: Bench = {
  name: 'wire',
  options: { dir: '.bench', seconds: '36', rate: '1000' },
  lessIsBetter: ['append_to_subscriber_p50_ms', 'append_to_subscriber_p99_ms', 'append_1_p50_ms', 'append_1_p99_ms'],
  run: (options) =>
    withFolder(options['dir']!, 'wire-', async (folder) => {
      const rate = positive(options, 'rate');
      const seconds = positive(options, 'seconds');
      const real = process.env['MILLWRIGHT_ESDB'];
      const subjects = [ours, echo, dbClient, ...(real ? [realEventStoreDb(real)] : [])];
      console.log(circumstances(folder));
      if (!real) console.log('set MILLWRIGHT_ESDB=esdb://… to have a real EventStoreDB beside');
      const results = await measure(folder, subjects, phases(rate), seconds);
      print(results, rate);
      const { [ours.name]: own, ...reference } = metricsOf(results);
      return { ours: own!, reference };
    }),
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
    return await inRounds<WireStore>(contenders, of, seconds * MEASURED_SHARE, seconds * 1_000);
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
