import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BONDING_LINE,
  bondingPlant,
  bondingPorts,
  makeCertificate,
  query,
  startLog,
  startServer,
  tempDir,
  TestProcess,
} from '@millwright/e2e';
import { beforeAll, describe, expect, test } from 'vitest';

let tls: { certFile: string; keyFile: string };
let users: string;
let flags: string[];
beforeAll(async () => {
  tls = await makeCertificate();
  users = join(tempDir(), 'users');
  writeFileSync(users, '# who may use the log\nhall-3:geheim\n');
  flags = ['--log-cert', tls.certFile, '--log-key', tls.keyFile, '--log-users', users];
});

/** A connection string as a user would write it. */
const urlOf = (port: string | number, user = 'hall-3:geheim@'): string =>
  `esdb://${user}localhost:${port}?tls=true&tlsCAFile=${tls.certFile}`;

const run = async (script: string, ...args: string[]): Promise<{ code: number | null; output: string }> => {
  const process_ = new TestProcess(process.execPath, [script, ...args]);
  const code = await process_.exit();
  return { code, output: process_.output };
};
const CLI = 'apps/cli/bin/millwright.js';
const SERVER = 'apps/server/dist/main.js';

test('a server serves its embedded log over TLS to those who have the password, and says so in its health', async () => {
  const env = await bondingPorts();
  const { process: server, origin } = await startServer({
    plant: bondingPlant,
    data: tempDir(),
    env,
    args: ['--log-port', '0', ...flags],
  });
  const [, port] = await server.until(/the log is served .*esdb:\/\/127\.0\.0\.1:(\d+)\?tls=true/);
  const read = (url: string) => run(CLI, 'log', 'read', `asset-${BONDING_LINE}`, '--log', url);
  const models = await read(urlOf(port!));
  expect(models).toMatchObject({ code: 0, output: expect.stringContaining('"type":"ModelApplied"') });
  for (const stranger of ['', 'hall-3:guessed@', 'nobody:geheim@']) {
    const refused = await read(urlOf(port!, stranger));
    expect(refused).toMatchObject({ code: 1, output: expect.stringMatching(/\(access-denied\)/) });
    expect(refused.output).not.toMatch(/guessed|geheim/);
  }
  const { health } = await query<{ health: { components: { name: string; state: string; detail: string }[] } }>(
    origin,
    '{ health { components { name state detail } } }',
  );
  expect(health.components.find(({ name }) => name === 'log node')).toMatchObject({
    state: 'UP',
    detail: expect.stringContaining('over TLS'),
  });
  expect(server.output).not.toContain('geheim');
  expect(await server.stop('SIGTERM')).toBe(0);
});

describe('a server whose log', () => {
  const startFails = async (...args: string[]): Promise<string> => {
    const { code, output } = await run(SERVER, '--port', '0', '--plant', bondingPlant, '--data', tempDir(), ...args);
    expect(code, output).toBe(1);
    expect(output.trim().split('\n'), 'a sentence, no stack').toHaveLength(1);
    return output;
  };

  test('is away says which, and for how long it has tried', async () => {
    const log = await startLog();
    await log.process.stop();
    expect(await startFails('--log', log.url)).toMatch(
      new RegExp(`the log esdb://127\\.0\\.0\\.1:${log.port}\\S* cannot be opened \\(unavailable\\)`),
    );
  });

  test('lets it not in says so, without the password', async () => {
    const log = new TestProcess(process.execPath, [
      CLI,
      'log',
      '--log',
      `sqlite:${join(tempDir(), 'log.db')}`,
      '--log-port',
      '0',
      ...flags,
    ]);
    const [, port] = await log.until(/^READY log .* at esdb:\/\/127\.0\.0\.1:(\d+)/m);
    const output = await startFails('--log', urlOf(port!, 'hall-3:guessed@'));
    expect(output).toMatch(/cannot be opened \(access-denied\)/);
    expect(output).not.toContain('guessed');
  });

  test('is another file says so, and leaves it as it is', async () => {
    for (const content of [randomBytes(50_000), Buffer.from('notes')]) {
      const file = join(tempDir(), 'log.db');
      writeFileSync(file, content);
      expect(await startFails('--log', `sqlite:${file}`)).toMatch(/\(corrupt\).*log\.db/);
      expect(readFileSync(file)).toEqual(content);
    }
  });

  test('is served at a port that is taken, or with files that are not there, says so', async () => {
    const log = await startLog();
    expect(await startFails('--log-port', String(log.port))).toMatch(
      /cannot be served at 127\.0\.0\.1:\d+: .*EADDRINUSE/,
    );
    expect(await startFails('--log-port', '0', '--log-cert', '/absent.pem', '--log-key', tls.keyFile)).toMatch(
      /--log-cert: \/absent\.pem cannot be read/,
    );
    expect(await startFails('--log-port', '0', '--log', log.url)).toMatch(/the log is served already/);
  });
});
