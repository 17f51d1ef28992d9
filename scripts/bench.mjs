// npm run bench -- <name>: set-up, then one benchmark; its last line is one JSON object.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root, run, setUp } from './setup.mjs';

setUp();
run('checking foreign peers …', process.execPath, [join(root, 'scripts/setup-peers.mjs')]);
const { status } = spawnSync(process.execPath, [join(root, 'apps/bench/dist/main.js'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
