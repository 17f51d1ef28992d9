import { once } from 'node:events';
import type { RecordedEvent } from '@millwright/event-store';
import { SettingsError } from '@millwright/process';
import { EXIT, LOG, STREAM, type Command } from './command.js';
import { wholeNumber } from './numbers.js';
import { openToRead } from './open-to-read.js';

/** `millwright log read`: events as JSON, one a line, for jq and its like. */
export const read: Command = {
  name: 'log read',
  summary: 'prints events as JSON, one a line; also while a server has the log open',
  settings: [
    STREAM,
    { flag: 'all', kind: 'switch', help: 'the whole log instead of a stream' },
    LOG,
    {
      flag: 'from',
      help: 'revision (of a stream) or position (of the log) of the first event, itself included; without it from the start, or from the end',
    },
    { flag: 'count', help: 'events at most' },
    { flag: 'backwards', kind: 'switch', help: 'the last event first' },
  ],
  run: async (the) => {
    const stream = the('stream').given();
    if ((stream !== undefined) === the('all').on()) {
      throw new SettingsError('say which events: the name of a stream, or --all for the whole log');
    }
    const from = wholeNumber('from', the('from'));
    const count = wholeNumber('count', the('count'));
    const options = {
      direction: the('backwards').on() ? ('backwards' as const) : ('forwards' as const),
      ...(from !== undefined && { from }),
      ...(count !== undefined && { maxCount: Number(count) }),
    };
    const store = await openToRead(the('log').text());
    try {
      const events = stream === undefined ? store.readAll(options) : store.readStream(stream, options);
      for await (const event of events) await print(event);
      return EXIT.done;
    } finally {
      await store.close();
    }
  },
};

/** Waits for a slow reader of the output. */
const print = async (event: RecordedEvent): Promise<void> => {
  const { stream, revision, position, recordedAt, id, type, metadata, data } = event;
  const place = { stream, revision: Number(revision), position: position.toString() };
  const line = JSON.stringify({ ...place, recordedAt: new Date(recordedAt).toISOString(), id, type, metadata, data });
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
};
