// npm start: set-up, the demo plant's devices, the server. Ends with a line READY; Ctrl-C stops all of it.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, say, setUp } from './setup.mjs';

setUp();

const demoWanted = process.env.MILLWRIGHT_PLANT === undefined && !process.argv.some((arg) => arg.startsWith('--plant'));
const speed = process.env.MILLWRIGHT_DEMO_SPEED ?? '10';
const children = [];
let stopping = false;

const start = (name, script, args) => {
  const child = spawn(process.execPath, [join(root, script), ...args], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  child.on('exit', (code, signal) => {
    if (stopping) return;
    console.error(`[millwright] the ${name} ended ${signal ? `by ${signal}` : `with exit code ${code}`}; stopping`);
    stop(code || 1);
  });
  return child;
};

/** Shows a child's output and resolves at the line that begins with the word. */
const shownUntil = (child, word) =>
  new Promise((resolve) => {
    let rest = '';
    child.stdout.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        console.log(line);
        if (line.startsWith(word)) resolve();
      }
    });
  });

const stop = (code) => {
  if (stopping) return;
  stopping = true;
  const running = children.filter((child) => child.exitCode === null && child.signalCode === null);
  const ended = running.map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of running) child.kill('SIGTERM');
  const forced = setTimeout(() => running.forEach((child) => child.kill('SIGKILL')), 10_000);
  Promise.all(ended).then(() => {
    clearTimeout(forced);
    process.exit(code);
  });
};
process.on('SIGINT', () => stop(0));
process.on('SIGTERM', () => stop(0));

if (demoWanted) {
  say(`starting the demo plant's virtual devices at ${speed} times real time (MILLWRIGHT_DEMO_SPEED) …`);
  await shownUntil(
    start('demo devices', 'simulations/plants/bonding-line/dist/main.js', ['--speed', speed, '--with-parent']),
    'DEVICES READY',
  );
}
say('starting the server …');
await shownUntil(start('server', 'apps/server/dist/main.js', process.argv.slice(2)), 'READY');
