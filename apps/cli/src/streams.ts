import { streamStats } from '@millwright/event-store-sqlite';
import { EXIT, LOG, type Command } from './command.js';
import { embeddedPath } from './embedded.js';

/** `millwright log streams`: which streams there are. */
export const streams: Command = {
  name: 'log streams',
  summary: 'lists the streams, each after the number of its events, also while a server has the log open',
  settings: [{ flag: 'prefix', kind: 'operand', help: 'only streams whose names begin so, e.g. asset-' }, LOG],
  run: async (the) => {
    const path = embeddedPath(the('log').text(), 'listing streams');
    for (const { stream, events } of streamStats(path, the('prefix').given())) console.log(`${events}\t${stream}`);
    return EXIT.done;
  },
};
