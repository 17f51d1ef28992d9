import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { afterEach, expect, test, vi } from 'vitest';
import { LogServer, Wire } from './fault.fixture.js';

vi.setConfig({ testTimeout: 120_000 });

const FIXTURE = fileURLToPath(new URL('./exit.fixture.mjs', import.meta.url));

let closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  closers = [];
});

test.each<[what: string, happens: (server: LogServer, wire: Wire) => unknown]>([
  ['is there', () => undefined],
  ['has been killed', (server) => server.kill()],
  ['is stopped', (server) => server.signal('SIGSTOP')],
  ['cannot be reached, and nobody is told', (_, wire) => wire.cut()],
])('a process ends when it has closed its store, though the server %s', async (_, happens) => {
  const dir = mkdtempSync(join(tmpdir(), 'millwright-exit-'));
  closers.push(async () => rmSync(dir, { recursive: true }));
  const server = new LogServer(join(dir, 'log.db'), await getPort());
  await server.start();
  closers.push(() => server.kill());
  const wire = await Wire.to(server.port);
  closers.push(() => wire.close());
  const child: ChildProcess = fork(FIXTURE, [`esdb://127.0.0.1:${wire.port}?tls=false`], { execArgv: [] });
  closers.push(async () => child.kill('SIGKILL'));
  await once(child, 'message');
  await happens(server, wire);
  const ended = once(child, 'exit');
  child.send('close');
  expect(await ended).toEqual([0, null]);
});
