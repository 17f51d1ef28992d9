import { expect, test } from 'vitest';
import { nearest } from './suggest.js';

const NAMES = ['dataType', 'normalRange', 'host', 'high', 'highHigh', 'unit'];

test.each([
  ['datatype', 'dataType'],
  ['data_type', 'dataType'],
  ['normal-range', 'normalRange'],
  ['hots', 'host'],
  ['hgih', 'high'],
  ['highhigh', 'highHigh'],
  ['hostname', 'host'],
  ['units', 'unit'],
  ['colour', undefined],
  ['', undefined],
  ['x'.repeat(10_000), undefined],
])('"%s" was meant to be %s', (written, meant) => expect(nearest(written, NAMES)).toBe(meant));
