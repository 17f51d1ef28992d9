import { describe, expect, test } from 'vitest';
import { unitProblem } from './units.js';

describe('unitProblem', () => {
  test.each([
    'Cel',
    'bar',
    'm/min',
    '%',
    '{parts}',
    '{rev}/min',
    '/min',
    'N.m',
    '[psi]',
    '10*-6',
    '1',
    'g/cm3',
    'mPa.s',
  ])('takes %s', (unit) => expect(unitProblem(unit)).toBeUndefined());

  test.each([
    ['°C', 'Cel'],
    ['DegC', 'Cel'],
    ['rpm', '{rev}/min'],
    ['PSI', '[psi]'],
    ['µm', 'um'],
    ['m/s²', 'm/s2'],
    ['N*m', 'N.m'],
    ['kΩ', 'kOhm'],
    [' bar ', 'bar'],
  ])('says what "%s" is in UCUM', (unit, code) => {
    expect(unitProblem(unit)).toBe(`"${unit}" is not a UCUM unit; write "${code}"`);
  });

  test.each(['banana', '', 'mm/', '(m', 'kg m', 'toString', 'm/constructor', '__proto__', '°'])(
    'refuses "%s"',
    (unit) => {
      expect(unitProblem(unit)).toMatch(/is not a UCUM unit; write/);
    },
  );
});
