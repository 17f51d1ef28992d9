import { join } from 'node:path';
import type { NewRecord } from '@millwright/event-store';
import { WorkerClient } from '@millwright/sqlite';
import { RawSqlite, type RawEvent, type RawRow } from './raw-sqlite.js';
import type { OpenSubject, Subject } from './workload.js';

const PAGE = 512;

interface Backend {
  write(events: readonly RawEvent[]): Promise<unknown>;
  readAll(after: number, limit: number): Promise<RawRow[]>;
  readStream(stream: number, after: number, limit: number): Promise<RawRow[]>;
  close(): Promise<{ bytes: number; events: number }>;
}

/** Group commit, as the log has it: what comes during one transaction goes into the next. */
class GroupedAppends {
  private waiting: { readonly events: RawEvent[]; readonly resolve: () => void }[] = [];
  private writing = false;
  private readonly revisions: number[] = [];
  private readonly write: Backend['write'];

  constructor(write: Backend['write']) {
    this.write = write;
  }

  append(stream: number, records: readonly NewRecord[]): Promise<void> {
    return new Promise((resolve) => {
      const events = records.map(({ id, type, metadata, data }): RawEvent => {
        const revision = (this.revisions[stream] = (this.revisions[stream] ?? -1) + 1);
        return {
          stream,
          revision,
          id: id.replaceAll('-', ''),
          type,
          metadata: metadata as string,
          data: data as string,
        };
      });
      this.waiting.push({ events, resolve });
      if (!this.writing) queueMicrotask(() => void this.run());
    });
  }

  private async run(): Promise<void> {
    if (this.writing) return;
    this.writing = true;
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0, 1_024);
      await this.write(group.flatMap(({ events }) => events));
      for (const { resolve } of group) resolve();
    }
    this.writing = false;
  }
}

const subject = (backend: Backend): OpenSubject => {
  const appends = new GroupedAppends((events) => backend.write(events));
  const read = async (
    page: (after: number, limit: number) => Promise<RawRow[]>,
    place: 0 | 2,
    start: number,
    limit: number,
  ): Promise<number> => {
    let n = 0;
    // The next page is read while the caller looks at this one, as in the log.
    let asked = page(start, Math.min(PAGE, limit));
    for (;;) {
      const rows = await asked;
      const left = limit - n - rows.length;
      const more = rows.length === PAGE && left > 0;
      if (more) asked = page(rows.at(-1)![place], Math.min(PAGE, left));
      for (const row of rows) n += row[6].length > 0 ? 1 : 0;
      if (!more) return n;
    }
  };
  return {
    append: (stream, records) => appends.append(stream, records),
    readAll: (limit) => read((after, count) => backend.readAll(after, count), 0, 0, limit),
    readStream: (stream, limit) => read((after, count) => backend.readStream(stream, after, count), 2, -1, limit),
    close: () => backend.close(),
  };
};

/** Raw SQLite with the log's indexes behind two worker threads, a writer's and a reader's, as the log has them. */
export const rawSqliteWorker: Subject = {
  name: 'raw-sqlite-worker',
  open: async (folder) => {
    const open = (name: string): WorkerClient =>
      new WorkerClient(new URL('./raw-sqlite.worker.js', import.meta.url), {
        name,
        workerData: { path: join(folder, 'raw.db'), role: name },
        onFailure: (error) => {
          throw error;
        },
      });
    const writer = open('writer');
    await writer.ready(10_000);
    const reader = open('reader');
    return subject({
      write: (events) => writer.call('write', events, Infinity),
      readAll: (after, limit) => reader.call('readAll', { after, limit }),
      readStream: (stream, after, limit) => reader.call('readStream', { stream, after, limit }),
      close: async () => {
        await reader.close();
        const size = await writer.call<{ bytes: number; events: number }>('finish', undefined);
        await writer.close();
        return size;
      },
    });
  },
};

const inThread = (name: string, table: 'log' | 'minimal'): Subject => ({
  name,
  open: async (folder) => {
    const raw = new RawSqlite(join(folder, 'raw.db'), table);
    return subject({
      write: async (events) => raw.write(events),
      readAll: async (after, limit) => raw.readAll(after, limit),
      readStream: async (stream, after, limit) => raw.readStream(stream, after, limit),
      close: async () => raw.close(),
    });
  },
});

/** The same without threads: what the worker costs, and what it brings. */
export const rawSqliteInThread = inThread('raw-sqlite-in-thread', 'log');
/** A table with one index, in the caller's thread: nothing less keeps streams. */
export const rawSqlite = inThread('raw-sqlite', 'minimal');
