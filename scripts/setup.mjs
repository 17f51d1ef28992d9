// What `npm start`, `npm test` and `npm run bench` need before anything of ours can run. Uses Node's own modules only.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export const root = join(import.meta.dirname, '..');

// Debian's mosquitto lives in /usr/sbin, which is not on everybody's PATH.
process.env.PATH = [process.env.PATH, '/usr/sbin', '/usr/local/sbin'].filter(Boolean).join(delimiter);
const NODE_MIN = [20, 19];

export const say = (text) => console.log(`[millwright] ${text}`);

const fail = (text) => {
  console.error(`[millwright] ${text}`);
  process.exit(1);
};

/** Runs a command to its end with its output shown; ends this process with a sentence when it fails. */
export const run = (what, command, args, options = {}) => {
  say(what);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) fail(`${command} could not be started: ${error.message}`);
  if (status !== 0) fail(`"${[command, ...args].join(' ')}" failed with exit code ${status}; its output is above`);
};

const checkNode = () => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < NODE_MIN[0] || (major === NODE_MIN[0] && minor < NODE_MIN[1])) {
    fail(
      `Node ${NODE_MIN.join('.')} or later is needed, this is ${process.versions.node}: install it from nodejs.org or your package manager`,
    );
  }
};

/** npm writes node_modules/.package-lock.json last: older than the lock file means that the install is missing, stale or broken off. */
const installed = () => {
  const done = join(root, 'node_modules', '.package-lock.json');
  return existsSync(done) && statSync(done).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
};

const npmCommand = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** Node's version, packages and the build, each only where needed. */
export const setUp = () => {
  checkNode();
  if (!installed())
    run('installing packages (npm ci), about half a minute …', npmCommand, [
      'ci',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ]);
  run('building (tsc -b) …', process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b']);
  const nx = JSON.parse(readFileSync(join(root, 'node_modules/nx/package.json'), 'utf8')).bin.nx;
  run(
    'building the playground (vite) …',
    process.execPath,
    [join(root, 'node_modules/nx', nx), 'run', '@millwright/playground:build', '--output-style=static'],
    {
      env: { ...process.env, NX_DAEMON: 'false' },
    },
  );
};
