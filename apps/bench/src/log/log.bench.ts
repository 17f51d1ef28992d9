import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { positive, type Bench, type Metrics } from '../bench.js';
import { batches, readAll, readAllParsed, readStream, singles } from '../common/appends.js';
import { counted, type Counted } from '../common/counted.js';
import { circumstances, withFolder } from '../common/machine.js';
import { makeRecords, SMALLEST_PAYLOAD_BYTES, STREAMS } from '../common/records.js';
import { inRounds, metricsOf, type Results } from '../common/rounds.js';
import { table } from '../common/table.js';
import type { Keeper, LogStore } from './log-store.js';
import { ours } from './ours.js';
import { rawFile } from './raw-file.js';
import { rawSqlite, rawSqliteInThread, rawSqliteWorker } from './raw-sqlite.js';
import { canSeeSyncs, isSynced } from './sync-watch.js';

const KEEPERS: readonly Keeper[] = [ours, rawSqliteWorker, rawSqliteInThread, rawSqlite, rawFile];
const PHASES = [
  singles('append_1', 1, 10_000),
  singles('append_64_in_flight', 64, 80_000),
  singles('append_512_in_flight', 512, 150_000),
  batches('append_batch100', 100, 200_000),
  batches('append_batch1000', 1_000, 300_000),
  readAll,
  readAllParsed,
  readStream,
];
/** The rest goes into preparing, checking and counting. */
const MEASURED_SHARE = 0.75;

/** The embedded log beside raw SQLite and a raw file, every append durable, on the same disk in the same run. */
export const log: Bench = {
  name: 'log',
  options: { dir: '.bench', seconds: '40' },
  lessIsBetter: ['append_1_p50_ms', 'append_1_p99_ms', 'mb_per_million_events'],
  run: (options) =>
    withFolder(options['dir']!, 'log-', async (folder) => {
      console.log(circumstances(folder));
      const results = await measure(folder, positive(options, 'seconds'));
      print(results);
      const { [ours.name]: own, ...reference } = metricsOf(results);
      return { ours: own!, reference };
    }),
};

const measure = async (folder: string, seconds: number): Promise<Map<string, Results>> => {
  const folderOf = (keeper: Keeper): string => join(folder, keeper.name);
  const stores = new Map<Keeper, Counted<LogStore>>();
  for (const keeper of KEEPERS) {
    mkdirSync(folderOf(keeper));
    const store = counted(await keeper.open(folderOf(keeper)));
    stores.set(keeper, store);
    await warmUp(keeper.name, store);
  }
  const contenders = [...stores].map(([{ name }, subject]) => ({ name, subject }));
  const results = await inRounds(contenders, PHASES, seconds * MEASURED_SHARE, seconds * 1_000);
  for (const [keeper, store] of stores) {
    await store.close();
    const { metrics, cpuUs } = results.get(keeper.name)!;
    const contents = await keeper.inspect(folderOf(keeper));
    store.verify(keeper.name, contents, SMALLEST_PAYLOAD_BYTES);
    const bytesPerEvent = Math.round((contents.fileBytes / contents.events) * 10) / 10;
    results.set(keeper.name, { metrics: { ...metrics, mb_per_million_events: bytesPerEvent }, cpuUs });
  }
  return results;
};

/** Brings the code to speed, and shows that appends wait for the disk. */
const warmUp = async (name: string, store: Counted<LogStore>): Promise<void> => {
  for (let n = 0; n < 10; n++) await store.append(n % STREAMS, makeRecords(500));
  if (canSeeSyncs() && !(await isSynced((n) => store.append(n % STREAMS, makeRecords(1))))) {
    throw new Error(`${name} acknowledges appends that no fsync has been seen for; its figures would be of memory`);
  }
  const until = performance.now() + 100;
  await store.readAll(until);
  await store.readAllParsed?.(until);
};

const print = (results: ReadonlyMap<string, Results>): void => {
  const pick = (key: 'metrics' | 'cpuUs'): Map<string, Metrics> =>
    new Map([...results].map(([name, result]) => [name, result[key]]));
  console.log(`\n${table('metric', pick('metrics'))}`);
  console.log(`\n${table('CPU, µs an event', pick('cpuUs'))}\n`);
  const threads = (key: 'metrics' | 'cpuUs', name: string): string => {
    const [two, none] = [rawSqliteWorker, rawSqliteInThread].map((keeper) => results.get(keeper.name)![key][name]!);
    return `${name} ${two} against ${none}`;
  };
  const cpu = ['append_1', 'append_512_in_flight', 'append_batch1000', 'read_all'].map((name) =>
    threads('cpuUs', name),
  );
  console.log(
    `what threads cost raw SQLite: ${threads('metrics', 'append_1_p50_ms')}; CPU, µs an event: ${cpu.join(', ')}`,
  );
  console.log(
    "read_all, read_stream: the port's records, to the byte, beside raw rows handed over as text; parsed: JSON of both",
  );
};
