import { PlantFilesError } from '@millwright/plant-files';
import { describe, expect, test } from 'vitest';
import { loadGoodFiles, plantHealth } from './load-plant.js';
import { lineFile } from './plant.fixture.js';

const WRONG = 'colour: red';

describe('plant files', () => {
  test('with a mistake are left out whole, and the others load', () => {
    const loaded = loadGoodFiles(
      [
        { file: 'good.yaml', text: lineFile('good') },
        { file: 'bad.yaml', text: lineFile('bad', WRONG) },
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
    const files = ['one', 'two'].map((id) => ({ file: `${id}.yaml`, text: lineFile(id, WRONG) }));
    expect(() => loadGoodFiles(files, {})).toThrow(PlantFilesError);
    expect(() => loadGoodFiles(files, {})).toThrow(/one\.yaml:14[\s\S]*two\.yaml:14/);
  });
});
