import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@millwright/e2e';
import { describe, expect, test } from 'vitest';
import { run } from './run.fixture.js';

describe('mistakes', { timeout: 60_000 }, () => {
  const folder = tempDir();
  const users = join(folder, 'users');
  writeFileSync(users, 'a:b\n');
  test.each([
    [['log', 'reed'], /there is no command "millwright log reed"[\s\S]*log read/],
    [['log', 'read', '--form', '3'], /--form[\s\S]*--from/],
    [['log', 'read'], /say which events: the name of a stream, or --all/],
    [['log', 'read', 's', '--all'], /say which events/],
    [['log', 'read', 's', 't'], /"t" is one word too many/],
    [['log', 'read', 's', '--from', '3x'], /--from is "3x"; expected a whole number/],
    [['log', 'retention', 'get'], /--stream is missing; expected name of the stream/],
    [['log', 'retention', 'set', 's'], /say what to keep/],
    [['log', 'retention', 'set', 's', '--keep-all', '--max-count', '1'], /say what to keep/],
    [['log', 'retention', 'set', 's', '--max-age', '30'], /--max-age is "30"; expected 90s, 30m, 12h or 30d/],
    [['log', 'retention', 'set', 's', '--max-count', '0', '--log', `sqlite:${join(folder, 'x.db')}`], /maxCount is 0/],
    [['log', 'backup'], /--to is missing; expected the new file/],
    [['log', '--log-users', users], /--log-users needs --log-cert/],
  ])('%j ends with exit code 2 and a sentence', async (args, message) => {
    const { code, output } = await run(...args);
    expect(output).toMatch(message);
    expect(code).toBe(2);
  });

  test.each([
    [['log', 'read', '--all', '--log', 'log.db'], /"log\.db" cannot be opened: expected sqlite:/],
    [['log', 'read', '--all', '--log', `sqlite:${join(folder, 'absent.db')}`], /the file is not there/],
    [['log', 'stats', '--log', `sqlite:${users}`], /users.*not a database.*\(corrupt\)/],
    [['log', 'verify', '--log', 'esdb://127.0.0.1:1?tls=false'], /verification works on the file.*\(not-supported\)/],
    [['log', '--log', 'esdb://127.0.0.1:1?tls=false'], /serving a log works on the file/],
  ])('%j ends with exit code 1 and a sentence', async (args, message) => {
    const { code, output } = await run(...args);
    expect(output).toMatch(message);
    expect(code).toBe(1);
  });
});

test('every command is in docs/log.md', { timeout: 60_000 }, async () => {
  const docs = readFileSync(join(import.meta.dirname, '../../../docs/log.md'), 'utf8');
  const commands = [...(await run('--help')).output.matchAll(/^ {2}(log \S+(?: [gs]et)?) /gm)].map(([, name]) => name!);
  expect(commands.length).toBeGreaterThan(8);
  for (const name of commands) expect(docs).toMatch(new RegExp(`^\\| .*\`${name}[ \`]`, 'm'));
});

test('help is there for all and for each', { timeout: 60_000 }, async () => {
  expect(await run('--help')).toMatchObject({ code: 0, output: expect.stringMatching(/log serve[\s\S]*log scavenge/) });
  expect(await run()).toEqual(await run('--help'));
  expect(await run('log', '--help')).toMatchObject({ code: 0, output: expect.stringMatching(/--log-port/) });
  expect(await run('log', 'backup', '--help')).toMatchObject({
    code: 0,
    output: expect.stringMatching(/Usage: millwright log backup \[to\] \[flags\]/),
  });
});
