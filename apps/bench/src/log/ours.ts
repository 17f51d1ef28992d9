import { join } from 'node:path';
import { openSqliteLog } from '@millwright/event-store-sqlite';
import { LOOK_AT_TIME } from '../common/store.js';
import { inspectSqlite } from './inspect-sqlite.js';
import type { Keeper } from './log-store.js';

const pathIn = (folder: string): string => join(folder, 'log.db');

/** The embedded log by its public interface: worker threads, checks, digests, live tail and all. */
export const ours: Keeper = {
  name: 'millwright',
  open: async (folder) => {
    const { events, records, close } = await openSqliteLog({ path: pathIn(folder), deadlineMs: 60_000 });
    return {
      append: (stream, batch) => records.append(streamName(stream), 'any', batch),
      readAll: (until) => count(records.readAll(), until),
      readAllParsed: (until) => count(events.readAll(), until),
      readStream: (stream, until) => count(records.readStream(streamName(stream)), until),
      close,
    };
  },
  // The view that people's SQLite tools see.
  inspect: async (folder) => inspectSqlite(pathIn(folder), "log WHERE stream LIKE 'asset-%'"),
};

const streamName = (stream: number): string => `asset-${stream}`;

const count = async (events: AsyncIterable<{ readonly data: object | string }>, until: number): Promise<number> => {
  let n = 0;
  for await (const { data } of events) {
    if (data === '') throw new Error(`event ${n} has been read without its data`);
    if (++n % LOOK_AT_TIME === 0 && performance.now() > until) break;
  }
  return n;
};
