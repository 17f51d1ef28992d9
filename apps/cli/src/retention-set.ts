import { retentionOf, setRetention, type Retention } from '@millwright/event-store';
import { openLog } from '@millwright/open-log';
import { SettingsError, type SettingText } from '@millwright/process';
import { DEADLINE_MS, EXIT, LOG, STREAM, type Command } from './command.js';
import { wholeNumber } from './numbers.js';
import { secondsOf, sentenceOf } from './retention-text.js';

/** `millwright log retention set`: how long the events of a stream are to be kept, whole: what is not given keeps all. */
export const retentionSet: Command = {
  name: 'log retention set',
  summary: 'sets how long the events of a stream are kept; they leave the disk by log scavenge',
  settings: [
    STREAM,
    LOG,
    { flag: 'max-age', help: 'hides events recorded longer ago: 90s, 30m, 12h or 30d' },
    { flag: 'max-count', help: 'keeps so many of the last events' },
    { flag: 'truncate-before', help: 'hides events before this revision' },
    { flag: 'keep-all', kind: 'switch', help: 'takes every limit back' },
  ],
  run: async (the) => {
    const stream = the('stream').text();
    const wanted = wantedOf(the);
    const store = await openLog(the('log').text(), { deadlineMs: DEADLINE_MS });
    try {
      await setRetention(store, stream, wanted);
      console.log(sentenceOf(stream, await retentionOf(store, stream)));
      return EXIT.done;
    } finally {
      await store.close();
    }
  },
};

const wantedOf = (the: (flag: string) => SettingText): Retention => {
  const maxAge = the('max-age').given();
  const maxCount = wholeNumber('max-count', the('max-count'));
  const truncateBefore = wholeNumber('truncate-before', the('truncate-before'));
  const wanted: Retention = {
    ...(maxAge !== undefined && { maxAgeSeconds: secondsOf('max-age', maxAge) }),
    ...(maxCount !== undefined && { maxCount: Number(maxCount) }),
    ...(truncateBefore !== undefined && { truncateBefore }),
  };
  if (the('keep-all').on() === Object.keys(wanted).length > 0) {
    throw new SettingsError('say what to keep: --max-age, --max-count, --truncate-before, or --keep-all alone');
  }
  return wanted;
};
