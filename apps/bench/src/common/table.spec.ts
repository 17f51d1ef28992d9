import { expect, test } from 'vitest';
import { table } from './table.js';

test('a line for each figure, a column for each system, a dash for what one has not', () => {
  const text = table(
    'figures',
    new Map<string, Record<string, number>>([
      ['ours', { reads_per_s: 123_456.7, wait_ms: 0.1234 }],
      ['raw-file', { reads_per_s: 50.25, mb: 3 }],
    ]),
  );
  expect(text.split('\n')).toEqual([
    'figures         ours  raw-file',
    'reads_per_s  123,457      50.3',
    'wait_ms        0.123         –',
    'mb                 –         3',
  ]);
});
