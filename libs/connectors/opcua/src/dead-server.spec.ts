import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { RecordingSink, eventually } from '@millwright/edge/testing';
import getPort from 'get-port';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { OpcuaConnector } from './opcua.connector.js';
import { opcuaProtocol } from './opcua.protocol.js';

// A server in a process of its own, so that it can be killed or frozen as a controller can.
let folder: string;
let port: number;
let server: ChildProcess;
let sink: RecordingSink;
let subject: OpcuaConnector;
let stop: () => Promise<void>;

const startServer = async (): Promise<ChildProcess> => {
  const script = fileURLToPath(new URL('server-process.fixture.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, String(port), join(folder, 'pki')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(createInterface({ input: child.stdout! }), 'line');
  return child;
};
const kill = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
};
const sockets = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
/** The link says this, in words or in its state, after the moment `since` (a count of link changes). */
const says = (what: string, since = 0): Promise<void> =>
  sink.until(what, () => sink.links.slice(since).some((l) => l.state === what || l.reason.includes(what)), 60_000);
const ticks = async (): Promise<void> => {
  const before = sink.samples.length;
  await sink.until('ticks', () => sink.samples.length > before + 3, 60_000);
};

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 }); // two processes take their time to start on a busy machine

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millwright-opcua-spec-'));
  port = await getPort();
  server = await startServer();
  sink = new RecordingSink();
  subject = new OpcuaConnector(
    {
      name: 'plant/server',
      connection: opcuaProtocol.connection.parse({ endpoint: `opc.tcp://127.0.0.1:${port}`, timeout: '1 s' }),
      points: [{ signal: 'a:tick', address: { node: 'ns=1;s=tick' }, intervalMs: 50 }],
      now: Date.now,
      backoff: { minMs: 50, maxMs: 100 },
    },
    { silentAfterMs: 2_000 },
  );
  const abort = new AbortController();
  const done = subject.run(sink, abort.signal);
  stop = () => {
    abort.abort();
    return done;
  };
  await says('up');
  await ticks();
});
afterEach(async () => {
  await stop();
  await kill(server);
  await rm(folder, { recursive: true, force: true });
});

test('a server that is killed and started again', async () => {
  await kill(server);
  await says('ECONNREFUSED');
  const since = sink.links.length;
  server = await startServer();
  await says('up', since);
  await ticks();
  expect(subject.health().link).toBe('up');
  expect(subject.health().reconnects).toBeGreaterThan(0);
});

test('a server that freezes is found out; it comes back when it thaws, and no socket stays behind', async () => {
  const before = sockets();
  server.kill('SIGSTOP');
  await says('has sent nothing for 2 s');
  await says('no answer within 1000 ms');
  server.kill('SIGCONT');
  await says('up', sink.links.length);
  await ticks();
  await eventually('the sockets of the tries are gone', () => sockets() <= before, 60_000);
});
