import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSettings, SETTINGS, usage } from './settings.js';

describe('settings', () => {
  test('flags win over the environment, the environment over defaults', () => {
    expect(readSettings([], {})).toEqual({
      log: 'esdb://127.0.0.1:2113?tls=false',
      plant: './simulations/plants/bonding-line',
      gateway: 'gateway',
      lines: 'all',
      host: '127.0.0.1',
      healthPort: 4_001,
    });
    expect(readSettings([], { MILLWRIGHT_LOG: 'sqlite:/data/log.db' }).log).toBe('sqlite:/data/log.db');
    expect(readSettings(['--log', 'esdb+discover://a,b'], { MILLWRIGHT_LOG: 'sqlite:x' }).log).toBe(
      'esdb+discover://a,b',
    );
    expect(readSettings(['--lines', 'one, two'], {}).lines).toEqual(['one', 'two']);
  });

  test.each([
    [['--health-port', '65536'], /--health-port \(MILLWRIGHT_HEALTH_PORT\) is "65536"; expected a whole number/],
    [['--log', 'log.db'], /--log \(MILLWRIGHT_LOG\): the log "log\.db" cannot be opened: expected sqlite:.* or esdb:/],
    [['--lines', 'one,'], /--lines \(MILLWRIGHT_LINES\) is "one,"; expected all, or the ids/],
    [['--port', '1'], /--port[\s\S]*--health-port/],
  ])('refuses %j in a sentence', (args, words) => {
    expect(() => readSettings(args, {})).toThrow(words);
  });

  test('are all in --help and in the table of the README', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8').replaceAll(/ +/g, ' ');
    for (const { flag, env, value, help } of SETTINGS) {
      expect(usage()).toContain(`--${flag}`);
      expect(readme).toContain(`| \`--${flag}\` | \`${env}\` | \`${value}\` | ${help} |`);
    }
  });
});
