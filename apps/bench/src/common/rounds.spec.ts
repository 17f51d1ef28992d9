import { expect, test } from 'vitest';
import { inRounds, planRounds, type Phase, type Slot } from './rounds.js';

test('more seconds are more rounds, an odd number of them', () => {
  expect(planRounds(30, 40)).toEqual({ rounds: 5, ms: 150 });
  expect(planRounds(60, 40)).toEqual({ rounds: 7, ms: 60_000 / (40 * 7) });
  expect(planRounds(200, 40)).toEqual({ rounds: 25, ms: 200 });
});

/** Gives what the subjects say, and writes down who was asked. */
const phase = (name: string, asked: string[]): Phase<() => Slot> & { readonly made: number[] } => {
  const made: number[] = [];
  return {
    name,
    made,
    prepare: (_, round) => {
      made.push(round);
      return async (subject) => {
        asked.push(`${name}${round}`);
        return subject();
      };
    },
  };
};

test('contenders take turns, in another order each round, on the same material', async () => {
  const asked: string[] = [];
  const subject = (name: string): (() => Slot) => {
    return () => {
      asked.push(name);
      return { events: 1, ms: 1 };
    };
  };
  const write = phase('write', asked);
  const contenders = ['A', 'B', 'C'].map((name) => ({ name, subject: subject(name) }));
  await inRounds(contenders, [write, phase('read', asked)], 0.001);
  expect(asked.filter((step) => /^[A-C]$/.test(step)).join('')).toBe(
    'ABCABC' + 'ACBACB' + 'CABCAB' + 'CBACBA' + 'BCABCA',
  );
  expect(write.made).toEqual([0, 1, 2, 3, 4]);
});

test('a rate is the median of the rounds, percentiles are over all rounds, CPU is counted by event', async () => {
  const slots: Slot[] = [
    { events: 10, ms: 1_000, timesMs: [1, 1, 1] },
    { events: 1_000, ms: 1_000, timesMs: [90] },
    { events: 20, ms: 1_000, timesMs: [2, 2, 2] },
    { events: 15, ms: 1_000 },
    { events: 30, ms: 1_000 },
  ];
  let cpu = 0;
  const contender = { name: 'a', subject: () => slots.shift()!, cpuSeconds: () => (cpu += 0.5) };
  const { metrics, cpuUs } = (await inRounds([contender], [phase('append', [])], 0.001)).get('a')!;
  expect(metrics).toEqual({ append_per_s: 20, append_p50_ms: 2, append_p99_ms: 90 });
  expect(cpuUs).toEqual({ append: 25_000 });
});

test('a phase that a subject has not is left out for it; times alone make no rate', async () => {
  const applies = (subject: () => Slot): boolean => subject().timesMs !== undefined;
  const contenders = [
    { name: 'a', subject: (): Slot => ({ ms: 1, timesMs: [3] }) },
    { name: 'b', subject: (): Slot => ({ events: 1, ms: 1 }) },
  ];
  const results = await inRounds(contenders, [{ ...phase('wait', []), applies }], 0.001);
  expect(results.get('a')!.metrics).toEqual({ wait_p50_ms: 3, wait_p99_ms: 3 });
  expect(results.get('b')!.metrics).toEqual({});
});

test('a machine that is too slow for the time gets three rounds', async () => {
  const write = phase('write', []);
  await inRounds([{ name: 'a', subject: (): Slot => ({ events: 1, ms: 1 }) }], [write], 0.001, 0);
  expect(write.made).toEqual([0, 1, 2]);
});
