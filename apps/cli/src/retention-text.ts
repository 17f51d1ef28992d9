import type { Retention } from '@millwright/event-store';
import { SettingsError } from '@millwright/process';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds of a text like 30d. */
export const secondsOf = (flag: string, text: string): number => {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new SettingsError(`--${flag} is "${text}"; expected 90s, 30m, 12h or 30d`);
  return Number(count) * SECONDS[unit!]!;
};

/** What is kept, in a sentence. */
export const sentenceOf = (stream: string, { maxAgeSeconds, maxCount, truncateBefore }: Retention): string => {
  const limits = [
    ...(maxAgeSeconds === undefined ? [] : [`events of the last ${ageOf(maxAgeSeconds)}`]),
    ...(maxCount === undefined ? [] : [`the last ${maxCount} events`]),
    ...(truncateBefore === undefined ? [] : [`events from revision ${truncateBefore} on`]),
  ];
  return `${stream}: ${limits.length === 0 ? 'every event is kept' : `kept are ${limits.join(', and of these ')}`}`;
};

/** In the largest unit that says it whole. */
const ageOf = (seconds: number): string => {
  const [unit, size] = Object.entries(SECONDS).findLast(([, each]) => seconds % each === 0)!;
  return `${seconds / size}${unit}`;
};
