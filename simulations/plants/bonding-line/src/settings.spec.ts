import { expect, test } from 'vitest';
import { readSettings } from './settings.js';

test('defaults: real time, the seed of the plant file, the demo plant', () => {
  expect(readSettings([], '/demo')).toEqual({ speed: 1, seed: undefined, plant: '/demo', withParent: false });
});

test('every flag', () => {
  expect(readSettings(['--speed', '60', '--seed', '7', '--plant', 'p.yaml', '--with-parent'], '/demo')).toEqual({
    speed: 60,
    seed: 7,
    plant: 'p.yaml',
    withParent: true,
  });
  expect(readSettings(['--help'], '/demo')).toBeUndefined();
});

test.each([
  [['--speed', 'fast'], '--speed is "fast"; expected a number above 0, up to 1000'],
  [['--speed', '0'], '--speed is "0"'],
  [['--speed', ''], '--speed is ""'],
  [['--seed', '1.5'], '--seed is "1.5"; expected a whole number'],
  [['--sped', '2'], "Unknown option '--sped'"],
  [['plant.yaml'], 'plant.yaml'],
])('%j is refused with a sentence', (args, message) => {
  expect(() => readSettings(args, '/demo')).toThrow(message);
});
