import { retentionOf } from '@millwright/event-store';
import { EXIT, LOG, STREAM, type Command } from './command.js';
import { sentenceOf } from './retention-text.js';
import { openToRead } from './open-to-read.js';

/** `millwright log retention get`: how long the events of a stream are kept. */
export const retentionGet: Command = {
  name: 'log retention get',
  summary: 'tells how long the events of a stream are kept',
  settings: [STREAM, LOG],
  run: async (the) => {
    const stream = the('stream').text();
    const store = await openToRead(the('log').text());
    try {
      console.log(sentenceOf(stream, await retentionOf(store, stream)));
      return EXIT.done;
    } finally {
      await store.close();
    }
  },
};
