import { expect } from 'vitest';
import { signalId } from '@millwright/events';
import type { HistoryRequest, Moment, ReadModel, TimeRange } from '../read-model.port.js';
import { ASSETS, LINE, SIGNALS, STORY_START } from './plant-story.js';

const HOUR_MS = 3_600_000;
const EVERYTHING: TimeRange = { from: STORY_START - 100 * HOUR_MS, to: STORY_START + 1_000 * HOUR_MS };
const RAGGED: TimeRange = { from: STORY_START - HOUR_MS - 12_345, to: STORY_START + HOUR_MS + 77_777 };
const NARROW: TimeRange = { from: STORY_START + 1_000, to: STORY_START + 40_000 };
const RANGES = [EVERYTHING, RAGGED, NARROW, { from: STORY_START, to: STORY_START }];
const BUCKETS_MS = [undefined, 10_000, 60_000, 300_000, HOUR_MS, 2 * HOUR_MS];

export type Answers = Readonly<Record<string, unknown>>;

/** Every question, in many variants, at one moment. */
export const askAll = async (model: ReadModel, at: Moment): Promise<Answers> => {
  const asked: [string, Promise<unknown>][] = [];
  const ask = (name: string, answer: Promise<unknown>): void => void asked.push([name, answer]);
  const assets = [...ASSETS, 'acme/unheard-of'];
  const signals = ASSETS.flatMap((asset) => SIGNALS.map((name) => signalId(asset, name)));

  ask('assets', model.assets(at));
  ask('states', model.states(at, assets));
  ask('latest', model.latest(at, [...signals, signalId(LINE, 'unheard-of'), 'acme/unheard-of:x']));
  for (const signal of signals) {
    const histories: HistoryRequest[] = BUCKETS_MS.flatMap((bucketMs) =>
      [
        { range: EVERYTHING, limit: 1_000 },
        { range: RAGGED, limit: 3 },
      ].map((asked) => ({ signal, ...asked, ...(bucketMs !== undefined && { bucketMs }) })),
    );
    histories.push({ signal, range: NARROW, limit: 2 }, { signal, range: EVERYTHING, bucketMs: 60_000, limit: 0 });
    for (const request of histories) ask(`history ${JSON.stringify(request)}`, model.history(at, request));
  }
  for (const asset of assets) {
    for (const range of RANGES) {
      for (const limit of [100, 2]) {
        ask(`timeline ${asset} ${JSON.stringify(range)} ${limit}`, model.timeline(at, asset, range, limit));
      }
    }
  }
  ask('counts', model.counts(at, assets));
  for (const range of RANGES) ask(`counts ${JSON.stringify(range)}`, model.counts(at, assets, range));
  ask('alarms', model.alarms(at, { limit: 100 }));
  ask('alarms of a station', model.alarms(at, { under: ASSETS[1]!, limit: 100 }));
  ask('alarms standing', model.alarms(at, { states: ['unacknowledged', 'acknowledged'], limit: 100 }));
  ask('last alarm', model.alarms(at, { limit: 1 }));
  ask('ledger', model.ledger(at));
  ask('ledger of a station', model.ledger(at, ASSETS[1]));
  const answers = await Promise.all(asked.map(async ([name, answer]) => [name, await answer] as const));
  return Object.fromEntries(answers);
};

/** Equal, but for the last bits of sums of floats, where two models add in a different order. */
export const expectSame = (actual: unknown, expected: unknown): void => {
  expect(withClose(actual, expected)).toEqual(expected);
};

const withClose = (actual: unknown, expected: unknown): unknown => {
  if (typeof actual === 'number' && typeof expected === 'number') {
    return Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)) ? expected : actual;
  }
  if (Array.isArray(actual) && Array.isArray(expected)) return actual.map((a, i) => withClose(a, expected[i]));
  if (isObject(actual) && isObject(expected)) {
    return Object.fromEntries(Object.entries(actual).map(([key, a]) => [key, withClose(a, expected[key])]));
  }
  return actual;
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
