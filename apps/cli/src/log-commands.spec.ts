import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { tempDir, type TestProcess } from '@millwright/e2e';
import { openLog } from '@millwright/open-log';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lines, millwright, run, startLog, type Ran } from './run.fixture.js';

describe('beside a process that serves the log', { timeout: 60_000 }, () => {
  const folder = tempDir();
  const file = `sqlite:${join(folder, 'log.db')}`;
  let server: TestProcess;
  let url: string;

  beforeAll(async () => {
    ({ process: server, url } = await startLog(file));
    const store = await openLog(url);
    for (let n = 0; n < 5; n++) {
      await store.append('asset-a', 'any', [{ id: randomUUID(), type: 'T', data: { n }, metadata: { time: n } }]);
    }
    await store.close();
  });
  afterAll(() => server.stop());

  test.each([
    ['over the wire', () => url],
    ['from the file', () => file],
  ])('read prints events as JSON lines, %s', async (_, log) => {
    const read = (...flags: string[]): Promise<Ran> => run('log', 'read', ...flags, '--log', log());
    const all = await read('--all');
    expect(all.code).toBe(0);
    expect(lines(all.output).map(({ stream, revision, data }) => [stream, revision, data])).toEqual(
      [0, 1, 2, 3, 4].map((n) => ['asset-a', n, { n }]),
    );
    const { position, recordedAt, id } = lines(all.output)[2]!;
    expect([position, recordedAt, id]).toEqual([
      expect.stringMatching(/^\d+$/),
      expect.stringMatching(/^20\d\d-.*Z$/),
      expect.stringMatching(/^[0-9a-f-]{36}$/),
    ]);
    const revisions = async (...flags: string[]) =>
      lines((await read(...flags)).output).map(({ revision }) => revision);
    expect(await revisions('asset-a', '--backwards', '--count', '2')).toEqual([4, 3]);
    expect(await revisions('asset-a', '--from', '3')).toEqual([3, 4]);
    expect(await revisions('--all', '--from', String(position), '--count', '1')).toEqual([2]);
    expect(await revisions('absent')).toEqual([]);
  });

  test('read ends in silence when nobody reads on', async () => {
    const command = millwright('log', 'read', '--all', '--log', file);
    command.child.stdout!.destroy();
    expect(await command.exit()).toBe(0);
    expect(command.output).toBe('');
  });

  test('stats and streams count a file, and say of a server what its protocol tells', async () => {
    const ofFile = await run('log', 'stats', '--log', file);
    expect(ofFile).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^events +5\nstreams +1\nbytes +\d{5,} .*MB\)\n/),
    });
    const [head] = /head +\d+\nrecorded +20\S+Z to 20\S+Z\n/.exec(ofFile.output)!;
    expect((await run('log', 'stats', '--log', url)).output).toBe(head);
    expect(await run('log', 'streams', 'asset-', '--log', file)).toEqual({ code: 0, output: '5\tasset-a\n' });
  });

  test('retention is set, told, kept to and taken back; scavenge removes what it hides', async () => {
    const retention = (verb: string, ...flags: string[]): Promise<Ran> =>
      run('log', 'retention', verb, 'asset-a', ...flags, '--log', url);
    expect((await retention('get')).output).toBe('asset-a: every event is kept\n');
    const kept = 'asset-a: kept are events of the last 30d, and of these the last 2 events\n';
    expect((await retention('set', '--max-count', '2', '--max-age', '720h')).output).toBe(kept);
    expect((await run('log', 'retention', 'get', 'asset-a', '--log', file)).output).toBe(kept);
    const shown = async () =>
      lines((await run('log', 'read', 'asset-a', '--log', url)).output).map(({ revision }) => revision);
    expect(await shown()).toEqual([3, 4]);
    expect(await run('log', 'scavenge', '--log', url)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^removed 3 events, \d+\.\d MB given back/),
    });
    expect((await run('log', 'stats', '--log', file)).output).toMatch(/scavenged +some events up to position \d+/);
    expect((await retention('set', '--truncate-before', '4')).output).toBe(
      'asset-a: kept are events from revision 4 on\n',
    );
    expect(await shown()).toEqual([4]);
    expect((await retention('set', '--keep-all')).output).toBe('asset-a: every event is kept\n');
    expect(await shown()).toEqual([3, 4]);
  });

  test('whoever wants to write the file is told who has it', async () => {
    for (const command of [
      ['log', '--log-port', '0'],
      ['log', 'scavenge'],
    ]) {
      const second = await run(...command, '--log', file);
      expect(second.code).toBe(1);
      expect(second.output).toMatch(
        new RegExp(`is being written by process ${server.child.pid} .*stop that process first`),
      );
    }
  });

  test('a port that is taken is said so, and the file is free again', async () => {
    const port = /:(\d+)/.exec(url)![1]!;
    const other = `sqlite:${join(folder, 'other.db')}`;
    expect(await run('log', '--log', other, '--log-port', port)).toMatchObject({
      code: 1,
      output: expect.stringMatching(/cannot be served at 127\.0\.0\.1:\d+: .*EADDRINUSE/),
    });
    expect((await run('log', 'scavenge', '--log', other)).code).toBe(0);
  });
});

test('SIGTERM ends it in order; who asks then is told that it is away', { timeout: 60_000 }, async () => {
  const { process: server, url } = await startLog(`sqlite:${join(tempDir(), 'log.db')}`);
  expect(await server.stop('SIGTERM')).toBe(0);
  expect(await run('log', 'read', '--all', '--log', url)).toMatchObject({
    code: 1,
    output: expect.stringMatching(/esdb:\/\/.*\(unavailable\)/),
  });
});
