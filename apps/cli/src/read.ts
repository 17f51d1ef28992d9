import { once } from 'node:events';
import type { RecordedEvent } from '@millwright/event-store';
import { openSqliteEventStoreReader, type EventLogReader } from '@millwright/event-store-sqlite';
import { openLog, parseLogUrl } from '@millwright/open-log';
import { SettingsError, type SettingText } from '@millwright/process';
import { DEADLINE_MS, given, LOG, NOT_GIVEN, type Command } from './command.js';

/** `millwright log read`: events as JSON, one a line, for jq and its like. */
export const read: Command = {
  name: 'log read',
  summary: 'prints events as JSON, one a line; also while a server has the log open',
  settings: [
    LOG,
    { flag: 'stream', value: NOT_GIVEN, help: 'name of a stream; -: the whole log' },
    {
      flag: 'from',
      value: NOT_GIVEN,
      help: 'revision (of a stream) or position (of the log) of the first event; -: from the start, or the end backwards',
    },
    { flag: 'count', value: NOT_GIVEN, help: 'events at most; -: all' },
    { flag: 'direction', value: 'forwards', help: 'forwards or backwards' },
  ],
  run: async (the) => {
    const stream = given(the('stream'));
    const from = wholeNumber(the('from'), 'from');
    const count = wholeNumber(the('count'), 'count');
    const options = {
      direction: the('direction').oneOf('forwards', 'backwards'),
      ...(from !== undefined && { from }),
      ...(count !== undefined && { maxCount: Number(count) }),
    };
    const store = await openToRead(the('log').text());
    try {
      const events = stream === undefined ? store.readAll(options) : store.readStream(stream, options);
      for await (const event of events) await print(event);
      return 0;
    } finally {
      await store.close();
    }
  },
};

const openToRead = async (log: string): Promise<EventLogReader> => {
  const url = parseLogUrl(log);
  return url.kind === 'sqlite' ? openSqliteEventStoreReader(url.path) : openLog(log, { deadlineMs: DEADLINE_MS });
};

const wholeNumber = (text: SettingText, flag: string): bigint | undefined => {
  const value = given(text);
  if (value === undefined || /^\d+$/.test(value)) return value === undefined ? undefined : BigInt(value);
  throw new SettingsError(`--${flag} is "${value}"; expected a whole number, or ${NOT_GIVEN}`);
};

/** Waits for a slow reader of the output. */
const print = async ({
  stream,
  revision,
  position,
  recordedAt,
  id,
  type,
  metadata,
  data,
}: RecordedEvent): Promise<void> => {
  const place = { stream, revision: Number(revision), position: position.toString() };
  const line = JSON.stringify({ ...place, recordedAt: new Date(recordedAt).toISOString(), id, type, metadata, data });
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
};
