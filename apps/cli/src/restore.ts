import { restoreLog } from '@millwright/event-store-sqlite';
import { EXIT, LOG, type Command } from './command.js';
import { embeddedPath } from './embedded.js';

/** `millwright log restore`: a log from a backup. */
export const restore: Command = {
  name: 'log restore',
  summary: 'makes a log of a backup, after verifying it; never over a log that is there',
  settings: [{ flag: 'from', kind: 'operand', help: 'the backup' }, LOG],
  run: async (the) => {
    const from = the('from').text();
    const path = embeddedPath(the('log').text(), 'restoring');
    const { events, head } = await restoreLog(from, path);
    const upTo = head === undefined ? 'an empty log' : `${events} events, up to position ${head.position}`;
    console.log(`${path}: ${upTo}, verified`);
    return EXIT.done;
  },
};
