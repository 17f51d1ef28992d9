import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSettings, SETTINGS, usage } from './settings.js';

describe('settings', () => {
  test('flags win over the environment, the environment over defaults', () => {
    expect(readSettings([], {})).toMatchObject({ port: 4000, data: './data', host: '127.0.0.1' });
    expect(readSettings([], { MILLWRIGHT_PORT: '5000' }).port).toBe(5000);
    expect(readSettings(['--port', '6000'], { MILLWRIGHT_PORT: '5000' }).port).toBe(6000);
  });

  test.each([
    [['--port', '65536'], {}, /--port \(MILLWRIGHT_PORT\) is "65536"; expected a whole number from 0 to 65535/],
    [['--port', '4e3'], {}, /"4e3"/],
    [[], { MILLWRIGHT_DATA: ' ' }, /--data \(MILLWRIGHT_DATA\) is empty; expected folder/],
    [['--connectors', 'yes'], {}, /--connectors \(MILLWRIGHT_CONNECTORS\) is "yes"; expected on or off/],
    [['--log', './log.db'], {}, /--log \(MILLWRIGHT_LOG\): the log ".\/log.db" cannot be opened: expected sqlite:/],
    [['--log-port', '1', '--log-cert', 'c'], {}, /--log-cert and --log-key belong together/],
    [['--prot', '1'], {}, /--prot[\s\S]*--port/],
    [['stray'], {}, /stray/],
  ])('refuses %j with %j in a sentence', (args, env, words) => {
    expect(() => readSettings(args, env)).toThrow(words);
  });

  test('the log is in the data folder unless it is said to be elsewhere', () => {
    expect(readSettings(['--data', '/srv/mw'], {}).log).toBe('sqlite:/srv/mw/log.db');
    expect(readSettings(['--log', 'esdb://host:2113?tls=false'], {}).log).toBe('esdb://host:2113?tls=false');
  });

  test('the embedded log is served when it has a port', () => {
    expect(readSettings([], {}).logNode).toBeUndefined();
    expect(readSettings([], { MILLWRIGHT_LOG_PORT: '2113' }).logNode).toMatchObject({ host: '127.0.0.1', port: 2113 });
  });

  test('are all in --help and in the table of the README', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8').replaceAll(/ +/g, ' ');
    for (const { flag, env, value, help } of SETTINGS) {
      expect(usage()).toContain(`--${flag}`);
      expect(readme).toContain(`| \`--${flag}\` | \`${env}\` | \`${value}\` | ${help} |`);
    }
  });
});
