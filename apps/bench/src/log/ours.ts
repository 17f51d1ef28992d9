import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { LogRecord } from '@millwright/event-store';
import { openSqliteEventStoreReader, openSqliteLog } from '@millwright/event-store-sqlite';
import type { OpenSubject, Subject } from './workload.js';

/** The embedded log, by its public interface: worker threads, checks, digests and all. */
export const ours: Subject = {
  name: 'millwright',
  open: async (folder): Promise<OpenSubject> => {
    const path = join(folder, 'log.db');
    const { records, close } = await openSqliteLog({ path, deadlineMs: 60_000 });
    return {
      append: (stream, batch) => records.append(`asset-${stream}`, 'any', batch),
      readAll: (limit) => count(records.readAll({ maxCount: limit })),
      readStream: (stream, limit) => count(records.readStream(`asset-${stream}`, { maxCount: limit })),
      close: async () => {
        await close();
        return { bytes: statSync(path).size, events: await countEvents(path) };
      },
    };
  },
};

const count = async (records: AsyncIterable<LogRecord>): Promise<number> => {
  let n = 0;
  for await (const { data } of records) n += data.length > 0 ? 1 : 0;
  return n;
};

const countEvents = async (path: string): Promise<number> => {
  const reader = await openSqliteEventStoreReader(path);
  let n = 0;
  for await (const { position } of reader.readAll()) n += position > 0n ? 1 : 0;
  await reader.close();
  return n;
};
