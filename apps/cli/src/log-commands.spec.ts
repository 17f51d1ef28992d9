import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir, TestProcess } from '@millwright/e2e';
import { openLog } from '@millwright/open-log';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const BIN = join(import.meta.dirname, '../bin/millwright.js');
const millwright = (...args: string[]): TestProcess => new TestProcess(process.execPath, [BIN, ...args]);

/** Exit code and output of a command that ends by itself. */
const run = async (...args: string[]): Promise<{ code: number | null; output: string }> => {
  const command = millwright(...args);
  const code = await command.exit();
  return { code, output: command.output };
};

const lines = (output: string): Record<string, unknown>[] =>
  output
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('millwright log', () => {
  const folder = tempDir();
  const file = `sqlite:${join(folder, 'log.db')}`;
  let server: TestProcess;
  let url: string;

  beforeAll(async () => {
    server = millwright('log', '--log', file, '--log-port', '0');
    [, url] = (await server.until(/^READY log .* at (esdb:\/\/\S+)$/m)) as unknown as [string, string];
    const store = await openLog(url);
    for (let n = 0; n < 5; n++) {
      await store.append('asset-a', 'any', [{ id: randomUUID(), type: 'T', data: { n }, metadata: { time: n } }]);
    }
    await store.close();
  });
  afterAll(() => server.stop());

  test.each([
    ['over the wire', () => url],
    ['from the file beside the process that writes it', () => file],
  ])('read prints events as JSON lines, %s', async (_, log) => {
    const all = await run('log', 'read', '--log', log());
    expect(all.code).toBe(0);
    expect(lines(all.output).map(({ revision, data }) => [revision, data])).toEqual(
      [0, 1, 2, 3, 4].map((n) => [n, { n }]),
    );
    const last = await run(
      'log',
      'read',
      '--log',
      log(),
      '--stream',
      'asset-a',
      '--direction',
      'backwards',
      '--count',
      '2',
    );
    expect(lines(last.output).map(({ revision }) => revision)).toEqual([4, 3]);
    const tail = await run('log', 'read', '--log', log(), '--stream', 'asset-a', '--from', '3');
    expect(lines(tail.output).map(({ revision }) => revision)).toEqual([3, 4]);
  });

  test('retention is shown, set, kept to, and taken back; scavenge removes what it hides', async () => {
    const retention = (...flags: string[]): Promise<{ code: number | null; output: string }> =>
      run('log', 'retention', '--log', url, '--stream', 'asset-a', ...flags);
    expect((await retention()).output).toBe('asset-a: every event is kept\n');
    expect((await retention('--max-count', '2', '--max-age', '30d')).output).toBe(
      'asset-a: kept are events of the last 2592000 s, and of these the last 2 events\n',
    );
    const visible = await run('log', 'read', '--log', url, '--stream', 'asset-a');
    expect(lines(visible.output).map(({ revision }) => revision)).toEqual([3, 4]);
    const scavenged = await run('log', 'scavenge', '--log', url);
    expect(scavenged).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^removed 3 events, \d+\.\d MB given back/),
    });
    expect(lines((await run('log', 'read', '--log', url)).output).map(({ revision }) => revision)).toEqual([3, 4]);
    expect((await retention('--keep', 'all')).output).toBe('asset-a: every event is kept\n');
  });

  test('a second process is told who has the file', async () => {
    const second = await run('log', '--log', file, '--log-port', '0');
    expect(second.code).toBe(1);
    expect(second.output).toMatch(
      new RegExp(`is being written by process ${server.child.pid} .*stop that process first`),
    );
  });

  test('a port that is taken is said so, and the file is free again', async () => {
    const port = /:(\d+)/.exec(url)![1]!;
    const other = `sqlite:${join(folder, 'other.db')}`;
    const second = await run('log', '--log', other, '--log-port', port);
    expect(second).toMatchObject({
      code: 1,
      output: expect.stringMatching(/cannot be served at 127\.0\.0\.1:\d+: .*EADDRINUSE/),
    });
    expect((await run('log', 'retention', '--log', other, '--stream', 's')).code).toBe(0);
  });
});

test('SIGTERM ends it in order; who asks then is told that it is away', { timeout: 30_000 }, async () => {
  const folder = tempDir();
  const server = millwright('log', '--log', `sqlite:${join(folder, 'log.db')}`, '--log-port', '0');
  const [, url] = await server.until(/^READY log .* at (esdb:\/\/\S+)$/m);
  expect(await server.stop('SIGTERM')).toBe(0);
  const read = await run('log', 'read', '--log', url!);
  expect(read).toMatchObject({ code: 1, output: expect.stringMatching(/read the log at esdb:.*\(unavailable\)/) });
});

describe('mistakes', () => {
  const users = join(tempDir(), 'users');
  writeFileSync(users, 'a:b\n');
  test.each([
    [['log', 'reed'], /there is no command "millwright log reed"[\s\S]*log read/],
    [['log', 'read', '--form', '3'], /--form[\s\S]*--from/],
    [['log', 'read', '--from', '-3x'], /--from/],
    [['log', 'read', '--count', 'many'], /--count is "many"; expected a whole number/],
    [['log', 'retention', '--max-age', '30d'], /--stream is missing/],
    [['log', 'retention', '--stream', 's', '--max-age', '30'], /--max-age is "30"; expected 90s, 30m, 12h or 30d/],
    [['log', '--log-users', users], /--log-users needs --log-cert/],
  ])('%j ends with exit code 2 and a sentence', async (args, message) => {
    const { code, output } = await run(...args);
    expect(code).toBe(2);
    expect(output).toMatch(message);
  });

  test('help is there for all and for each', async () => {
    expect(await run('--help')).toMatchObject({
      code: 0,
      output: expect.stringMatching(/log serve[\s\S]*log scavenge/),
    });
    expect(await run('log', '--help')).toMatchObject({ code: 0, output: expect.stringMatching(/--log-port/) });
  });
});
