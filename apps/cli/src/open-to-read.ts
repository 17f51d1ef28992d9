import { openSqliteEventStoreReader, type EventLogReader } from '@millwright/event-store-sqlite';
import { openLog, parseLogUrl } from '@millwright/open-log';
import { DEADLINE_MS } from './command.js';

/** Opens a log for reading only: an embedded one also while a server writes it. */
export const openToRead = async (log: string): Promise<EventLogReader> => {
  const url = parseLogUrl(log);
  if (url.kind === 'esdb') return openLog(log, { deadlineMs: DEADLINE_MS });
  return openSqliteEventStoreReader(url.path, { deadlineMs: DEADLINE_MS });
};
