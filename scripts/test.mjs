// npm test: set-up, foreign peers and browser, then every test there is. Arguments go to vitest.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root, run, setUp } from './setup.mjs';

setUp();
run('checking foreign peers and browser …', process.execPath, [join(root, 'scripts/setup-peers.mjs')]);
run('checking types of the specs …', process.execPath, [
  join(root, 'node_modules/typescript/bin/tsc'),
  '-p',
  'tsconfig.spec.json',
]);
run('checking style (eslint, prettier) …', process.execPath, [
  join(root, 'node_modules/eslint/bin/eslint.js'),
  '.',
  '--max-warnings',
  '0',
]);
run('checking format …', process.execPath, [
  join(root, 'node_modules/prettier/bin/prettier.cjs'),
  '--check',
  '--log-level',
  'warn',
  '.',
]);
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
