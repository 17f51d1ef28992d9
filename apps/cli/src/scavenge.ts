import { openLog } from '@millwright/open-log';
import { DEADLINE_MS, EXIT, LOG, type Command } from './command.js';
import { megabytes } from './numbers.js';

/** `millwright log scavenge`: gives the disk back what retention and deletion have hidden. */
export const scavenge: Command = {
  name: 'log scavenge',
  summary: 'removes from the disk what retention and deletion have hidden',
  settings: [LOG],
  run: async (the) => {
    const store = await openLog(the('log').text(), { deadlineMs: DEADLINE_MS });
    try {
      const { removedEvents, freedBytes } = await store.scavenge();
      const events = removedEvents === undefined ? 'the hidden events' : `${removedEvents} events`;
      console.log(`removed ${events}, ${megabytes(freedBytes)} given back`);
      return EXIT.done;
    } finally {
      await store.close();
    }
  },
};
