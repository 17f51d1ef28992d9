import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { demoPorts } from './plants.fixture.js';

/** The built program (`npx tsc -b`): Node 20 does not run TypeScript. */
const MAIN = join(import.meta.dirname, '../dist/main.js');

const running: ChildProcess[] = [];
afterEach(() => running.splice(0).forEach((child) => child.kill('SIGKILL')));

const start = (args: string[], env: Record<string, string>) => {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env }, stdio: 'pipe' });
  running.push(child);
  const printed = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (printed.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed.err += chunk.toString()));
  const exit = once(child, 'close').then(([code]) => code as number | null);
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', () => /^DEVICES READY .*at speed 30.*\n/m.test(printed.out) && resolve());
    void exit.then((code) => reject(new Error(`ended with ${code} before DEVICES READY: ${printed.err}`)));
  });
  // A start that is meant to fail is looked at through `exit`.
  ready.catch(() => undefined);
  return { child, printed, exit, ready };
};

test('says when it is ready, keeps quiet otherwise, and ends at SIGTERM', async () => {
  // A home that nothing can be written to: certificates belong into a temporary folder.
  const devices = start(['--speed', '30'], { ...(await demoPorts()), HOME: join(homedir(), 'nowhere') });
  await devices.ready;
  devices.child.kill('SIGTERM');
  expect(await devices.exit).toBe(0);
  expect(devices.printed.err).toBe('');
  expect(devices.printed.out.trim().split('\n')).toHaveLength(1);
});

test('--with-parent ends when its standard input ends', async () => {
  const devices = start(['--speed', '30', '--with-parent'], await demoPorts());
  await devices.ready;
  devices.child.stdin.end();
  expect(await devices.exit).toBe(0);
});

test.each([
  [['--speed', 'x'], '--speed is "x"; expected a number above 0, up to 1000\n'],
  [
    ['--plant', '/no/such/plant'],
    'plant file or folder "/no/such/plant" does not exist; set --plant to one that does\n',
  ],
])('%j ends with a sentence and exit code 1', async (args, sentence) => {
  const devices = start(args, {});
  expect(await devices.exit).toBe(1);
  expect(devices.printed.err).toBe(sentence);
});
