import { expect, test } from 'vitest';
import { scalarOf, substitute } from './environment.js';

const env = { HOST: 'plc-1', EMPTY: '', NESTED: '${HOST}' };

test.each([
  ['mqtt://${HOST}:1883', 'mqtt://plc-1:1883', true],
  ['${HOST}${HOST}', 'plc-1plc-1', true],
  ['${NONE:-a b:c}', 'a b:c', true],
  ['${EMPTY:-x}', 'x', true],
  ['${NONE:-}', '', true],
  ['${NESTED}', '${HOST}', true],
  ['costs $5, ${not a name}', 'costs $5, ${not a name}', false],
  ['$${HOST}', '${HOST}', false],
])('%s becomes %s', (text, replaced, changed) => {
  expect(substitute(text, env)).toEqual({ text: replaced, changed, missing: [] });
});

test('names every variable that is missing', () => {
  expect(substitute('${A}/${HOST}/${EMPTY}', env).missing).toEqual(['A', 'EMPTY']);
});

test.each([
  ['1502', 1502],
  ['-0.5e3', -500],
  ['true', true],
  ['false', false],
  ['0x10', undefined],
  ['', undefined],
  ['1 2', undefined],
  ['Infinity', undefined],
])('%s spells %s', (text, value) => expect(scalarOf(text)).toBe(value));
