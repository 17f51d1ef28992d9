import { join } from 'node:path';
import { WorkerClient } from '@millwright/sqlite';
import { inspectSqlite } from '../common/inspect-sqlite.js';
import { LOOK_AT_TIME } from '../common/count-until.js';
import { GroupCommit } from './group-commit.js';
import { logLayout, MINIMAL, type Layout } from './log-layout.js';
import type { Keeper, LogStore } from './log-store.js';
import { rawRows, toRawColumns, type RawRow } from './raw-rows.js';
import {
  DATA,
  METADATA,
  POSITION,
  RawSqliteReader,
  REVISION,
  rowsOf,
  type RawPageRequest,
} from './raw-sqlite-reader.js';
import { RawSqliteWriter } from './raw-sqlite-writer.js';
import type { RawWorkerData } from './raw-sqlite.worker.js';

/** Writes and reads, in whatever thread. */
interface Backend {
  write(rows: readonly RawRow[]): Promise<unknown>;
  page(request: RawPageRequest): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

/** Events of a page, as in the log. */
const PAGE_EVENTS = 512;
/** Bytes of payload after which the reader's thread checkpoints, as in the log. */
const CHECKPOINT_BYTES = 4 * 1024 * 1024;
/** Workers are JavaScript: from source (in specs) as from the build, the built one runs. */
const WORKER = new URL('../../dist/log/raw-sqlite.worker.js', import.meta.url);

const pathIn = (folder: string): string => join(folder, 'raw.db');

const keeper = (name: string, open: (folder: string) => Promise<Backend>): Keeper => ({
  name,
  open: async (folder) => toStore(await open(folder)),
  inspect: async (folder) => inspectSqlite(pathIn(folder), 'events'),
});

/** The log's table and indexes behind two threads, a writer's and a reader's, as the log has them. */
export const rawSqliteWorker = keeper('raw-sqlite-worker', async (folder) => {
  const open = async (name: string, data: RawWorkerData): Promise<WorkerClient> => {
    const client = new WorkerClient(WORKER, { name, workerData: data });
    await client.ready();
    return client;
  };
  const path = pathIn(folder);
  const writer = await open("raw SQLite's writer", { path, layout: await logLayout(folder) });
  const reader = await open("raw SQLite's reader", { path });
  let bytes = 0;
  return {
    write: async (rows) => {
      const columns = toRawColumns(rows);
      await writer.call('write', columns, Infinity);
      bytes += columns.text.length;
      if (bytes < CHECKPOINT_BYTES) return;
      bytes = 0;
      void reader.call('checkpoint', undefined, Infinity);
    },
    page: (request) => reader.call('page', request, Infinity),
    close: async () => {
      await reader.close();
      await writer.close();
    },
  };
});

const inThread = (name: string, layoutOf: (folder: string) => Promise<Layout>): Keeper =>
  keeper(name, async (folder) => {
    const writer = new RawSqliteWriter(pathIn(folder), await layoutOf(folder));
    const reader = new RawSqliteReader(pathIn(folder));
    return {
      write: async (rows) => writer.write(rows),
      page: async (request) => reader.page(request),
      close: async () => {
        reader.close();
        writer.close();
      },
    };
  });

/** The same in the caller's thread: what the threads cost, and bring. */
export const rawSqliteInThread = inThread('raw-sqlite-in-thread', logLayout);
/** A table with one index, in the caller's thread: nothing less keeps streams. */
export const rawSqlite = inThread('raw-sqlite', async () => MINIMAL);

const toStore = (backend: Backend): LogStore => {
  const commits = new GroupCommit<readonly RawRow[]>((group) =>
    backend.write(group.length === 1 ? group[0]! : group.flat()),
  );
  const rows = rawRows();
  return {
    append: (stream, records) => commits.add(rows(stream, records)),
    readAll: (until) => read(backend, undefined, until, () => undefined),
    readAllParsed: (until) =>
      read(backend, undefined, until, (row) => {
        JSON.parse(row[METADATA]!);
        JSON.parse(row[DATA]!);
      }),
    readStream: (stream, until) => read(backend, stream, until, () => undefined),
    close: () => backend.close(),
  };
};

/** Page by page; the next one is read while the caller looks at this one, as in the log. */
const read = async (
  backend: Backend,
  stream: number | undefined,
  until: number,
  see: (row: string[]) => void,
): Promise<number> => {
  const place = stream === undefined ? POSITION : REVISION;
  const ask = (after: number): Promise<Uint8Array | undefined> => backend.page({ stream, after, limit: PAGE_EVENTS });
  let events = 0;
  for (let asked: Promise<Uint8Array | undefined> | undefined = ask(-1); asked;) {
    const page = await asked;
    if (!page) break;
    const rows = rowsOf(page);
    asked = rows.length === PAGE_EVENTS ? ask(Number(rows.at(-1)![place])) : undefined;
    for (const row of rows) {
      if (row[DATA] === '') throw new Error(`event ${events} has been read without its data`);
      see(row);
      if (++events % LOOK_AT_TIME === 0 && performance.now() > until) return events;
    }
  }
  return events;
};
