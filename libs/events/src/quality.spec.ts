import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BAD, GOOD, qualityKind, UNCERTAIN, type QualityKind } from './index.js';

describe('the quality of a status code', () => {
  it.each<[string, number, QualityKind]>([
    ['Good', GOOD, 'good'],
    ['GoodClamped', 0x0030_0000, 'good'],
    ['Uncertain', UNCERTAIN, 'uncertain'],
    ['UncertainLastUsableValue', 0x4090_0000, 'uncertain'],
    ['Bad', BAD, 'bad'],
    ['BadSensorFailure', 0x808c_0000, 'bad'],
    ['the reserved severity', 0xc000_0000, 'bad'],
  ])('%s', (_, status, expected) => expect(qualityKind(status)).toBe(expected));

  it('is in its two top bits, whatever the others say', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x3fff_ffff }), (rest) => {
        expect([GOOD, UNCERTAIN, BAD].map((severity) => qualityKind(severity + rest))).toEqual([
          'good',
          'uncertain',
          'bad',
        ]);
      }),
    );
  });
});
