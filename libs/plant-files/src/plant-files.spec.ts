import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PlantFilesError, readPlantFiles } from './plant-files.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millwright-plant-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('plant files', () => {
  test('of a folder are all its .yaml and .yml by name, and nothing else', async () => {
    for (const name of ['b.yaml', 'a.yml', 'notes.txt']) writeFileSync(join(dir, name), name);
    expect((await readPlantFiles(dir)).map(({ text }) => text)).toEqual(['a.yml', 'b.yaml']);
  });

  test('may be one file, named from here', async () => {
    const path = join(dir, 'line.yaml');
    writeFileSync(path, 'text');
    expect(await readPlantFiles(path)).toEqual([{ file: relative('.', path), text: 'text' }]);
  });

  test('that are not there, or cannot be read, are told by name', async () => {
    const refused = expect.objectContaining({ name: PlantFilesError.name });
    await expect(readPlantFiles(join(dir, 'none.yaml'))).rejects.toThrow(/none\.yaml.*does not exist; set --plant/);
    await expect(readPlantFiles(dir)).rejects.toThrow(/has no \.yaml file/);
    mkdirSync(join(dir, 'folder.yaml'));
    await expect(readPlantFiles(dir)).rejects.toThrow(/folder\.yaml" cannot be read/);
    await expect(readPlantFiles(dir)).rejects.toEqual(refused);
  });
});
