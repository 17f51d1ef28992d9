import { verifyFile } from '@millwright/event-store-sqlite';
import { EXIT, LOG, type Command } from './command.js';
import { embeddedPath } from './embedded.js';
import { wholeNumber } from './numbers.js';
import { Progress } from './progress.js';

/** `millwright log verify`: whether the log is as it was written. */
export const verify: Command = {
  name: 'log verify',
  summary: 'compares the whole log with its digests, also while a server has it open; exit code 3: damaged',
  settings: [LOG, { flag: 'from', help: 'position of an event to begin at; what lies before is taken as right' }],
  run: async (the) => {
    const path = embeddedPath(the('log').text(), 'verification');
    const from = wholeNumber('from', the('from'));
    const progress = new Progress();
    const { ok, events, commits, head, firstProblem } = await verifyFile(path, {
      ...(from !== undefined && { from }),
      onProgress: (at) => progress.show(`${at.events} events are right, up to position ${at.position}`),
    });
    progress.end();
    const end = head ? `, the last one at position ${head.position}, chain ${head.chain}` : '';
    const right = `${events} events in ${commits} commits are as they were written${end}`;
    if (ok) console.log(`ok: ${right}`);
    else {
      const { position, stream, sentence } = firstProblem!;
      const where = `position ${position}${stream === undefined ? '' : ` of stream "${stream}"`}`;
      console.log(`DAMAGED at ${where}: ${sentence}\n${right}; restore a backup, see docs/log.md`);
    }
    return ok ? EXIT.done : EXIT.damaged;
  },
};
