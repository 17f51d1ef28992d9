import { expect, test } from 'vitest';
import type { EventFilter } from './event-store.port.js';
import { isSystemStream, matcher, streamMatcher, typeMatcher } from './filter.js';

test.each<[EventFilter, passes: string[]]>([
  [{}, ['asset-a Odd', '$$asset-a Odd', 'b Even']],
  [{ streamPrefixes: ['asset-'] }, ['asset-a Odd']],
  [{ streamPrefixes: ['asset-', 'b'] }, ['asset-a Odd', 'b Even']],
  [{ streamPrefixes: [''] }, ['asset-a Odd', '$$asset-a Odd', 'b Even']],
  [{ streamPrefixes: [] }, []],
  [{ streamPattern: 'asset' }, ['asset-a Odd', '$$asset-a Odd']],
  [{ streamPattern: '^asset' }, ['asset-a Odd']],
  [{ streamPattern: '' }, ['asset-a Odd', '$$asset-a Odd', 'b Even']],
  [{ excludeSystem: true }, ['asset-a Odd', 'b Even']],
  [{ excludeSystem: false }, ['asset-a Odd', '$$asset-a Odd', 'b Even']],
  [{ excludeSystem: true, streamPrefixes: ['$$'] }, []],
  [{ types: ['Odd'] }, ['asset-a Odd', '$$asset-a Odd']],
  [{ types: [] }, []],
  [{ typePrefixes: ['E', 'X'] }, ['b Even']],
  [{ typePattern: 'd{2}' }, ['asset-a Odd', '$$asset-a Odd']],
  [{ typePattern: '^(?!Odd)' }, ['b Even']],
  [{ types: ['Odd', 'Even'], typePrefixes: ['O'], typePattern: 'd$' }, ['asset-a Odd', '$$asset-a Odd']],
  [{ types: ['Odd'], streamPrefixes: ['b'] }, []],
])('%o lets pass %o', (filter, passes) => {
  const events = ['asset-a Odd', '$$asset-a Odd', 'b Even'].map((text) => text.split(' ') as [string, string]);
  const matches = matcher(filter);
  const found = events.filter(([stream, type]) => matches({ stream, type }));
  expect(found.map((event) => event.join(' '))).toEqual(passes);
});

test('without a filter every event passes', () => {
  expect(matcher()({ stream: '$$s', type: '' })).toBe(true);
});

test('half a filter asks nothing of the other half', () => {
  expect(streamMatcher({ types: ['Odd'], typePrefixes: ['O'], typePattern: 'd' })).toBeUndefined();
  expect(typeMatcher({ streamPrefixes: ['s'], streamPattern: 's', excludeSystem: true })).toBeUndefined();
});

test('a pattern remembers nothing from one event to the next', () => {
  const matches = matcher({ typePattern: 'a' });
  expect([1, 2, 3].map(() => matches({ stream: 's', type: 'aa' }))).toEqual([true, true, true]);
});

test('a pattern reads characters, not halves of them', () => {
  expect(matcher({ streamPattern: '^.$' })({ stream: '🏭', type: 'T' })).toBe(true);
  expect(matcher({ typePattern: '^\\p{Lu}' })({ stream: 's', type: 'Ölstand' })).toBe(true);
});

test.each([{ streamPattern: '(' }, { typePattern: '\\' }])('%o is no filter', (filter) => {
  expect(() => matcher(filter)).toThrow(SyntaxError);
});

test('a system stream begins with a dollar', () => {
  expect(['$s', '$$s', 's$', ''].map(isSystemStream)).toEqual([true, true, false, false]);
});
