import { expect, test } from 'vitest';
import { type Ask, demoFacts, openingFacts, openingVariables } from './opening-facts.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const signal = (name: string, low: number | null, high: number | null, alarmHigh: number | null, priority: string) => ({
  name,
  normalRange: { low, high },
  alarmLimits: { low: null, high: alarmHigh, priority },
});
const plant = (begin: string, signals = [signal('zone', 145, 155, 160, 'HIGH')]) => ({
  moment: { time: '2026-03-01T12:00:00Z', position: '900' },
  events: { events: [{ recordedAt: begin }] },
  assets: [{ id: 'a/line', children: [{ id: 'a/line/s1', signals }] }],
});

/** Answers the first question with the plant, the second with a token, and notes what was asked. */
const server = (facts: unknown) => {
  const asked: unknown[] = [];
  const ask = (async (_query: string, variables?: unknown) => {
    asked.push(variables);
    return asked.length === 1 ? facts : { moment: { position: '700' } };
  }) as Ask;
  return { ask, asked };
};

test('asks the plant what it is, and for a resume token of a minute ago', async () => {
  const { ask, asked } = server(plant('2026-03-01T08:00:00Z'));
  expect(await openingFacts(ask, 0)).toEqual({
    line: 'a/line',
    signal: { asset: 'a/line/s1', name: 'zone', otherHigh: 150 },
    now: NOW,
    begin: Date.parse('2026-03-01T08:00:00Z'),
    token: '700',
  });
  expect(asked[1]).toEqual({ asOf: { time: '2026-03-01T11:59:00.000Z' } });
});

test('a time that the server does not know costs the token only', async () => {
  const { ask } = server(plant('2026-03-01T08:00:00Z'));
  const refusing = ((query: string, variables?: Record<string, unknown>) =>
    variables ? Promise.reject(new Error('OUT_OF_RANGE')) : ask(query)) as Ask;
  expect(await openingFacts(refusing, 0)).toMatchObject({ line: 'a/line', token: '0' });
});

test('proposes the signal with the most urgent high limit that has a normal range', async () => {
  const signals = [
    signal('low priority', 0, 2, 3, 'LOW'),
    signal('no range', null, null, 3, 'CRITICAL'),
    signal('no limit', 0, 2, null, 'CRITICAL'),
    signal('this one', 0, 4, 9, 'CRITICAL'),
  ];
  const facts = await openingFacts(server(plant('2026-03-01T08:00:00Z', signals)).ask, 0);
  expect(facts.signal).toEqual({ asset: 'a/line/s1', name: 'this one', otherHigh: 2 });
});

test('a server that cannot be asked leaves the demo line', async () => {
  const refusing = (() => Promise.reject(new Error('down'))) as Ask;
  expect(await openingFacts(refusing, NOW)).toEqual(demoFacts(NOW));
});

test('the last five minutes end now, and the moment is a minute ago', () => {
  const { engineer, analyst, whatIf, mes } = openingVariables({
    ...demoFacts(NOW),
    begin: NOW - 3_600_000,
    token: '700',
  });
  expect(engineer.lastMinutes).toEqual({ from: '2026-03-01T11:55:00.000Z', to: '2026-03-01T12:00:00.001Z' });
  expect(analyst.then).toEqual({ time: '2026-03-01T11:59:00.000Z' });
  expect(analyst.minutes).toEqual({ from: '2026-03-01T11:55:00.000Z', to: '2026-03-01T11:59:00.000Z' });
  expect(whatIf.fork.from).toEqual({ time: '2026-03-01T11:55:00.000Z' });
  expect(whatIf.fork.until).toEqual({ time: '2026-03-01T12:00:00.000Z' });
  expect(whatIf.then, 'the fork is asked at its end').toEqual(whatIf.fork.until);
  expect(mes.after).toBe('700');
});

test.each([0, 1, 20_000, 90_000])('a plant that is %i ms old is never asked for a time before it began', (ageMs) => {
  const begin = NOW - ageMs;
  const { engineer, analyst, whatIf } = openingVariables({ ...demoFacts(NOW), begin });
  const times = [engineer.lastMinutes.from, analyst.then.time, analyst.minutes.from, whatIf.fork.from.time];
  for (const time of times) expect(Date.parse(time)).toBeGreaterThanOrEqual(begin);
  for (const { from, to } of [engineer.lastMinutes, analyst.minutes])
    expect(Date.parse(from)).toBeLessThan(Date.parse(to));
});
