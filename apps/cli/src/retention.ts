import { retentionOf, setRetention, type Retention } from '@millwright/event-store';
import { openLog } from '@millwright/open-log';
import { SettingsError, type SettingText } from '@millwright/process';
import { DEADLINE_MS, given, LOG, NOT_GIVEN, type Command } from './command.js';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** `millwright log retention`: how long the events of a stream are kept. */
export const retention: Command = {
  name: 'log retention',
  summary: 'shows, or sets, how long the events of a stream are kept',
  settings: [
    LOG,
    { flag: 'stream', value: NOT_GIVEN, help: 'name of the stream' },
    {
      flag: 'max-age',
      value: NOT_GIVEN,
      help: 'hides events recorded longer ago: 90s, 30m, 12h or 30d',
    },
    {
      flag: 'max-count',
      value: NOT_GIVEN,
      help: 'keeps so many of the last events',
    },
    {
      flag: 'truncate-before',
      value: NOT_GIVEN,
      help: 'hides events before this revision',
    },
    { flag: 'keep', value: NOT_GIVEN, help: 'all: takes every limit back' },
  ],
  run: async (the) => {
    const stream = given(the('stream'));
    if (stream === undefined)
      throw new SettingsError('--stream is missing; expected the name of a stream, e.g. asset-acme/press-1');
    const wanted = wantedOf(the);
    const store = await openLog(the('log').text(), { deadlineMs: DEADLINE_MS });
    try {
      if (wanted) await setRetention(store, stream, wanted);
      console.log(`${stream}: ${sentence(await retentionOf(store, stream))}`);
      return 0;
    } finally {
      await store.close();
    }
  },
};

/** Undefined: only look. */
const wantedOf = (the: (flag: string) => SettingText): Retention | undefined => {
  const maxAge = given(the('max-age'));
  const maxCount = given(the('max-count'));
  const before = given(the('truncate-before'));
  const limits: Retention = {
    ...(maxAge !== undefined && { maxAgeSeconds: seconds(maxAge) }),
    ...(maxCount !== undefined && { maxCount: Number(whole('max-count', maxCount)) }),
    ...(before !== undefined && { truncateBefore: whole('truncate-before', before) }),
  };
  const keep = given(the('keep'));
  if (keep === undefined) return Object.keys(limits).length > 0 ? limits : undefined;
  if (keep === 'all' && Object.keys(limits).length === 0) return {};
  throw new SettingsError(`--keep is "${keep}"; expected all, and no limit beside it`);
};

const seconds = (text: string): number => {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new SettingsError(`--max-age is "${text}"; expected 90s, 30m, 12h or 30d`);
  return Number(count) * SECONDS[unit!]!;
};

const whole = (flag: string, text: string): bigint => {
  if (/^\d+$/.test(text)) return BigInt(text);
  throw new SettingsError(`--${flag} is "${text}"; expected a whole number`);
};

const sentence = ({ maxAgeSeconds, maxCount, truncateBefore }: Retention): string => {
  const limits = [
    ...(maxAgeSeconds === undefined ? [] : [`events of the last ${maxAgeSeconds} s`]),
    ...(maxCount === undefined ? [] : [`the last ${maxCount} events`]),
    ...(truncateBefore === undefined ? [] : [`events from revision ${truncateBefore} on`]),
  ];
  return limits.length === 0 ? 'every event is kept' : `kept are ${limits.join(', and of these ')}`;
};
