import { expect, test } from 'vitest';
import { loadGoodFiles } from './load-plant.js';
import { lineFile } from './plant.fixture.js';
import { selectLines, UnknownLineError } from './select-lines.js';

const loaded = loadGoodFiles(
  [
    { file: 'a.yaml', text: lineFile('bonding') },
    { file: 'b.yaml', text: lineFile('bonding-2') },
    { file: 'c.yaml', text: lineFile('bonding', '', 'packing') },
    { file: 'd.yaml', text: lineFile('painting', 'colour: red') },
  ],
  {},
);

test('some lines are their assets, connections and bindings, and nothing else', () => {
  const { assets, connections, bindings } = selectLines(loaded, ['bonding-2', 'acme/hamburg/packing/bonding']).plant;
  expect(assets.map(({ asset }) => asset)).toEqual([
    'acme/hamburg/assembly/bonding-2',
    'acme/hamburg/assembly/bonding-2/s1',
    'acme/hamburg/packing/bonding',
    'acme/hamburg/packing/bonding/s1',
  ]);
  const names = ['acme/hamburg/assembly/bonding-2/broker', 'acme/hamburg/packing/bonding/broker'];
  expect(connections.map(({ name }) => name)).toEqual(names);
  expect(bindings.map(({ connection }) => connection)).toEqual(names);
});

test.each([
  ['painting', 'the plant has no line "painting"; it has acme/hamburg/assembly/bonding, '],
  ['painting', '; left out: d.yaml:14'],
  ['bonding', '"bonding" may be acme/hamburg/assembly/bonding or acme/hamburg/packing/bonding; write the whole path'],
])('a line named "%s" is refused', (name, words) => {
  expect(() => selectLines(loaded, [name])).toThrow(UnknownLineError);
  expect(() => selectLines(loaded, [name])).toThrow(words);
});
