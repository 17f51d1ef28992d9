// What `npm test` needs beside npm packages: foreign peers for the connectors and a browser for the playground. Debian's own packages;
// installed here when this is root on Debian or Ubuntu, else a sentence says what to install.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { say } from './setup.mjs';

const INSTALL_MS_MAX = 10 * 60_000;
const CHECK_MS_MAX = 30_000;
/** Asked by Debian's packages before they start a service; 101 forbids it. */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';

const executable = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const onPath = (command) => process.env.PATH.split(delimiter).some((dir) => executable(join(dir, command)));

const pythonHas = (module) =>
  spawnSync('/usr/bin/python3', ['-c', `import ${module}`], { stdio: 'ignore', timeout: CHECK_MS_MAX }).status === 0;

const PEERS = [
  { debian: ['mosquitto'], what: 'the MQTT broker mosquitto, on the PATH', here: () => onPath('mosquitto') },
  {
    debian: ['python3-pymodbus', 'python3-serial', 'python3-serial-asyncio'], // Debian only recommends what the first imports
    what: 'the Python package pymodbus (a Modbus device that is not ours), importable by /usr/bin/python3',
    here: () => pythonHas('pymodbus.server'),
  },
  { debian: ['chromium'], what: 'the browser chromium, on the PATH', here: () => onPath('chromium') },
];

/** One apt-get command under a deadline. Returns what went wrong, or undefined. */
const aptGet = (...args) => {
  const { status, error, stdout, stderr } = spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: INSTALL_MS_MAX,
  });
  if (status === 0) return undefined;
  if (error?.code === 'ETIMEDOUT') return `apt-get ${args[0]} was not done after ${INSTALL_MS_MAX / 60_000} minutes`;
  if (error) return `apt-get could not be started: ${error.message}`;
  return `apt-get ${args[0]} failed with exit code ${status}:\n${`${stdout}${stderr}`.trim().split('\n').slice(-15).join('\n')}`;
};

/** Keeps packages from starting their services (mosquitto would listen on port 1883), unless the machine has a rule of its own. */
const withoutServices = (work) => {
  if (existsSync(SERVICE_POLICY)) return work();
  const ignore = () => {}; // Ctrl-C ends apt-get; this process must live to take the rule away
  process.on('SIGINT', ignore).on('SIGTERM', ignore);
  writeFileSync(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return work();
  } finally {
    rmSync(SERVICE_POLICY, { force: true });
    process.off('SIGINT', ignore).off('SIGTERM', ignore);
  }
};

const install = (packages) => {
  say(
    `installing ${packages.join(', ')} from Debian (apt-get, no service is started); the first time this takes a minute or two …`,
  );
  // A stale list may still name packages that can be had, so a failed update alone is no end.
  const stale = aptGet('update');
  const failed = withoutServices(() => aptGet('install', '-y', '--no-install-recommends', ...packages));
  return failed && [stale, failed].filter(Boolean).join('\n');
};

/** Makes sure of every peer; returns a sentence for what is missing, or undefined. */
export const setUpPeers = () => {
  const missing = () => PEERS.filter((peer) => !peer.here());
  const before = missing();
  if (before.length === 0) return undefined;
  const packages = before.flatMap((peer) => peer.debian);
  const mayInstall = process.getuid?.() === 0 && onPath('apt-get');
  const failed = mayInstall ? install(packages) : undefined;
  const still = mayInstall ? missing() : before;
  if (still.length === 0) return undefined;
  return [
    ...(failed ? [failed] : []),
    `the tests need ${still.map((peer) => peer.what).join('; ')}. ` +
      `On Debian or Ubuntu: sudo apt-get install --no-install-recommends ${still.flatMap((peer) => peer.debian).join(' ')} ` +
      '(mosquitto may also run as a service: the tests use ports of their own). Elsewhere install the same programs by your package manager.',
  ].join('\n');
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const problem = setUpPeers();
  if (problem) {
    console.error(`[millwright] ${problem}`);
    process.exit(1);
  }
  say('foreign peers and browser are here');
}
