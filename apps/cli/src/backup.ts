import { backupLog } from '@millwright/event-store-sqlite';
import { EXIT, LOG, type Command } from './command.js';
import { embeddedPath } from './embedded.js';
import { megabytes } from './numbers.js';

/** `millwright log backup`: a copy of the log, verified, while it is in use. */
export const backup: Command = {
  name: 'log backup',
  summary: 'copies the log to a new file and verifies the copy, also while a server has it open',
  settings: [{ flag: 'to', kind: 'operand', help: 'the new file, e.g. backup/log-2026-03-01.db' }, LOG],
  run: async (the) => {
    const from = embeddedPath(the('log').text(), 'a backup');
    const { path, position, events, bytes, tookMs } = await backupLog(from, the('to').text());
    const upTo = position === undefined ? 'an empty log' : `${events} events, up to position ${position}`;
    console.log(`${path}: ${upTo}, ${megabytes(bytes)} in ${(tookMs / 1_000).toFixed(1)} s, verified`);
    return EXIT.done;
  },
};
