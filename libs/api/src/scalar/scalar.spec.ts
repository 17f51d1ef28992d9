import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DateTimeScalar, parseDateTime } from './date-time.scalar.js';
import { PositionScalar } from './position.scalar.js';
import { SampleValueScalar } from './sample-value.scalar.js';

describe('DateTime', () => {
  it('gives back every time that it wrote', () => {
    const anyTime = fc.integer({ min: Date.UTC(1, 0, 1), max: Date.UTC(9999, 11, 31) });
    fc.assert(fc.property(anyTime, (ms) => parseDateTime(DateTimeScalar.serialize(ms)) === ms));
  });

  it.each([
    ['2026-03-01T08:15:30.000Z', Date.UTC(2026, 2, 1, 8, 15, 30)],
    ['2026-03-01T08:15:30Z', Date.UTC(2026, 2, 1, 8, 15, 30)],
    ['2026-03-01T08:15:30.5Z', Date.UTC(2026, 2, 1, 8, 15, 30, 500)],
    ['2026-03-01T08:15:30+02:00', Date.UTC(2026, 2, 1, 6, 15, 30)],
    ['2026-03-01T00:15:30-01:30', Date.UTC(2026, 2, 1, 1, 45, 30)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
  ])('reads %s', (text, ms) => expect(parseDateTime(text)).toBe(ms));

  it.each([
    '',
    '2026-03-01',
    '2026-03-01T08:15:30',
    '2026-03-01 08:15:30Z',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-03-01T24:00:00Z',
    '2026-03-01T08:60:00Z',
    '2025-02-29T00:00:00Z',
    '2026-03-01T08:15:30.1234Z',
    '1772352930000',
  ])('refuses "%s"', (text) => {
    expect(parseDateTime(text)).toBeUndefined();
    expect(() => DateTimeScalar.parseValue(text)).toThrow('expected ISO 8601');
  });
  it('refuses a number', () => expect(() => DateTimeScalar.parseValue(1)).toThrow('expected ISO 8601'));
});

describe('Position', () => {
  it('gives back every position that it wrote', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (p) => PositionScalar.parseValue(PositionScalar.serialize(p)) === p),
    );
  });
  it.each(['', '-1', '1.5', '0x10', ' 1', '18446744073709551616', '1e3', null, true, 1.5, -1])(
    'refuses %j',
    (value) => {
      expect(() => PositionScalar.parseValue(value)).toThrow('expected a token');
    },
  );
});

describe('SampleValue', () => {
  it.each([1.5, 0, true, '', 'text'])('passes %j on', (value) =>
    expect(SampleValueScalar.serialize(value)).toBe(value),
  );
  it.each([NaN, Infinity, null, {}, [1]])('refuses %j', (value) =>
    expect(() => SampleValueScalar.serialize(value)).toThrow('expected a finite number'),
  );
});
