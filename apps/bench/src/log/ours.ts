import { join } from 'node:path';
import { openSqliteLog } from '@millwright/event-store-sqlite';
import { inspectSqlite } from '../common/inspect-sqlite.js';
import { countUntil } from '../common/count-until.js';
import type { Keeper } from './log-store.js';

const pathIn = (folder: string): string => join(folder, 'log.db');

/** The embedded log by its public interface: worker threads, checks, digests, live tail and all. */
export const ours: Keeper = {
  name: 'millwright',
  open: async (folder) => {
    const { events, records, close } = await openSqliteLog({ path: pathIn(folder), deadlineMs: 60_000 });
    return {
      append: (stream, batch) => records.append(streamName(stream), 'any', batch),
      readAll: (until) => countUntil(records.readAll(), until, isWhole),
      readAllParsed: (until) => countUntil(events.readAll(), until, isWhole),
      readStream: (stream, until) => countUntil(records.readStream(streamName(stream)), until, isWhole),
      close,
    };
  },
  // The view that people's SQLite tools see.
  inspect: async (folder) => inspectSqlite(pathIn(folder), "log WHERE stream LIKE 'asset-%'"),
};

const streamName = (stream: number): string => `asset-${stream}`;

const isWhole = ({ data }: { readonly data: object | string }): boolean => data !== '';
