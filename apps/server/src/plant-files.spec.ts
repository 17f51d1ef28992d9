import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadGoodFiles, plantHealth } from './load-plant.js';
import { PlantFilesError, readPlantFiles } from './plant-files.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millwright-plant-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const line = (id: string, more = ''): string => `millwright: 1
enterprise: { id: acme, name: Acme }
site: { id: hamburg, name: Hamburg }
area: { id: assembly, name: Assembly }
line: { id: ${id}, name: Line }
connections: {}
stations:
  - { id: s1, name: One, type: station, signals: {} ${more}}
`;

describe('plant files', () => {
  test('of a folder are all its .yaml and .yml by name, and nothing else', async () => {
    for (const name of ['b.yaml', 'a.yml', 'notes.txt']) writeFileSync(join(dir, name), name);
    expect((await readPlantFiles(dir)).map(({ text }) => text)).toEqual(['a.yml', 'b.yaml']);
  });

  test('that are not there are told by name', async () => {
    await expect(readPlantFiles(join(dir, 'none.yaml'))).rejects.toThrow(
      /none\.yaml.*does not exist.*MILLWRIGHT_PLANT/,
    );
    await expect(readPlantFiles(dir)).rejects.toThrow(/has no \.yaml file/);
  });

  test('with a mistake are left out whole, and the others load', () => {
    const loaded = loadGoodFiles(
      [
        { file: 'good.yaml', text: line('good') },
        { file: 'bad.yaml', text: line('bad', ', colour: red') },
      ],
      {},
    );
    expect(loaded.plant.assets.filter((a) => a.kind === 'line').map((a) => a.asset)).toEqual([
      'acme/hamburg/assembly/good',
    ]);
    expect(loaded.problems.map((p) => p.file)).toEqual(['bad.yaml']);
    expect(plantHealth(loaded)).toMatchObject({ state: 'degraded', detail: expect.stringContaining('colour') });
  });

  test('of which none is good are an error that lists every problem', () => {
    const files = ['one', 'two'].map((id) => ({ file: `${id}.yaml`, text: line(id, ', colour: red') }));
    expect(() => loadGoodFiles(files, {})).toThrow(PlantFilesError);
    expect(() => loadGoodFiles(files, {})).toThrow(/one\.yaml:8[\s\S]*two\.yaml:8/);
  });
});
