import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatProblem, loadPlant } from './index.js';
import { vocabulary } from './protocols.fixture.js';

/** One folder per kind of bad plant: its files, and in problems.txt all that is said about them. */
const root = join(import.meta.dirname, '../testcases');
const cases = readdirSync(root);
const env = { UNIT: 'three', WORD: '', EMPTY: '' };

describe('bad plant files', () => {
  test.each(cases)('%s', (name) => {
    const folder = join(root, name);
    const files = readdirSync(folder)
      .filter((file) => file.endsWith('.yaml'))
      .sort((a, b) => Number(b === 'plant.yaml') - Number(a === 'plant.yaml') || (a < b ? -1 : 1));
    const loaded = loadPlant(
      files.map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') })),
      { ...vocabulary, env },
    );
    const said = loaded.ok ? [] : loaded.problems.map(formatProblem);
    expect(said.join('\n')).toBe(readFileSync(join(folder, 'problems.txt'), 'utf8').trimEnd());
    expect(said).not.toEqual([]);
  });

  test('are at least twenty', () => expect(cases.length).toBeGreaterThanOrEqual(20));
});
