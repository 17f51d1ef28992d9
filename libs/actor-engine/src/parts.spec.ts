import { BAD, type CycleCompleted } from '@millwright/events';
import { describe, expect, it } from 'vitest';
import { ASSET, model, running, signal, given, T0, type Story } from './engine.fixture.js';

const cycles = ({ emitted }: Story): CycleCompleted[] =>
  emitted.filter(({ type }) => type === 'CycleCompleted').map(({ data }) => data as CycleCompleted);

describe('a cumulative counter', () => {
  const counting = () => running().samples(0, ['good-count', 100]);

  it('starts where it is first seen: what it counted before is not ours', () => {
    expect(cycles(counting())).toEqual([]);
  });
  it('counts its rise, with the totals after it', () => {
    expect(cycles(counting().samples(1_000, ['good-count', 101]))).toEqual([
      { result: 'good', parts: 1, goodTotal: 1, scrapTotal: 0 },
    ]);
  });
  it('gives the time between completions', () => {
    const next = counting().samples(1_000, ['good-count', 101]).samples(9_000, ['good-count', 102]);
    expect(cycles(next)).toEqual([{ result: 'good', parts: 1, cycleTimeMs: 8_000, goodTotal: 2, scrapTotal: 0 }]);
  });
  it('that jumped counts every part, each with its share of the time', () => {
    const next = counting().samples(1_000, ['good-count', 101]).samples(9_000, ['good-count', 105]);
    expect(cycles(next)).toEqual([{ result: 'good', parts: 4, cycleTimeMs: 2_000, goodTotal: 5, scrapTotal: 0 }]);
  });
  it('that stands still completes nothing', () => {
    const still = counting().samples(1_000, ['good-count', 100]);
    expect(still.emitted).toEqual([]);
  });
  it('that was reset counts from zero', () => {
    expect(cycles(counting().samples(1_000, ['good-count', 3]))).toMatchObject([{ parts: 3, goodTotal: 3 }]);
    const zero = counting().samples(1_000, ['good-count', 0]);
    expect(cycles(zero)).toEqual([]);
    expect(cycles(zero.samples(2_000, ['good-count', 2]))).toMatchObject([{ parts: 2, goodTotal: 2 }]);
  });
  it('of bad quality counts nothing, and is no reset', () => {
    const bad = counting().samples(1_000, ['good-count', 0, { status: BAD }]);
    expect(bad.emitted).toEqual([]);
    expect(cycles(bad.samples(2_000, ['good-count', 101]))).toMatchObject([{ parts: 1 }]);
  });
  it('that comes late is no reset: its parts were counted', () => {
    const late = counting()
      .samples(1_000, ['good-count', 105])
      .samples(2_000, ['good-count', 103, { ago: 1_500 }]);
    expect(late.emitted).toEqual([]);
    expect(cycles(late.samples(3_000, ['good-count', 106]))).toMatchObject([{ parts: 1, goodTotal: 6 }]);
  });
  it('below zero or of another type is not believed', () => {
    expect(counting().samples(1, ['good-count', -1], ['good-count', '101']).emitted).toEqual([]);
  });
  it('of scrap counts scrap beside it', () => {
    const both = counting().samples(0, ['scrap-count', 7]).samples(1_000, ['good-count', 101], ['scrap-count', 9]);
    expect(cycles(both)).toEqual([
      { result: 'good', parts: 1, goodTotal: 1, scrapTotal: 0 },
      { result: 'scrap', parts: 2, cycleTimeMs: 0, goodTotal: 1, scrapTotal: 2 },
    ]);
  });
  it('counts while the asset is offline, too', () => {
    const offline = given().samples(0, ['good-count', 1]).samples(1, ['good-count', 2]);
    expect(cycles(offline)).toMatchObject([{ parts: 1 }]);
  });
  it('may be called like a property of every object', () => {
    const odd = given(model({ signals: [signal('constructor', { role: 'good-count' })] }));
    expect(cycles(odd.samples(0, ['constructor', 5]))).toEqual([]);
    expect(cycles(odd.samples(0, ['constructor', 5]).samples(1, ['constructor', 6]))).toMatchObject([{ parts: 1 }]);
  });
});

describe('a part result', () => {
  it.each<[string | boolean | number, 'good' | 'scrap']>([
    [true, 'good'],
    ['pass', 'good'],
    ['PASS ', 'good'],
    [false, 'scrap'],
    ['fail', 'scrap'],
    ['', 'scrap'],
    [1, 'scrap'],
  ])('%j is one %s part', (value, result) => {
    expect(cycles(running().samples(1, ['result', value]))).toMatchObject([{ result, parts: 1 }]);
  });
  it('is a part each time, also when it repeats', () => {
    const three = running().samples(1_000, ['result', true], ['result', true], ['result', false]);
    expect(cycles(three).map(({ goodTotal, scrapTotal }) => [goodTotal, scrapTotal])).toEqual([
      [1, 0],
      [2, 0],
      [2, 1],
    ]);
    expect(three.emitted.every(({ time }) => time === T0 + 1_000)).toBe(true);
    expect(three.record.asset).toBe(ASSET);
  });
});
