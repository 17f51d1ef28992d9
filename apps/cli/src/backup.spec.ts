import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@millwright/e2e';
import { openLog } from '@millwright/open-log';
import { expect, test } from 'vitest';
import { run, startLog } from './run.fixture.js';

const COUNT = 200;

test(
  'a log is backed up under load, lost, restored and verified; a damaged one is told',
  { timeout: 120_000 },
  async () => {
    const folder = tempDir();
    const path = join(folder, 'log.db');
    const copy = join(folder, 'copies', 'log.db');
    const log = `sqlite:${path}`;
    const { process: server, url } = await startLog(log);
    const store = await openLog(url);
    let appended = 0;
    const append = async (): Promise<void> => {
      const event = {
        id: randomUUID(),
        type: 'T',
        data: { n: appended, text: 'x'.repeat(500) },
        metadata: { time: 0 },
      };
      await store.append('asset-a', 'any', [event]);
      appended++;
    };
    while (appended < COUNT) await append();
    let done = false;
    const backing = run('log', 'backup', copy, '--log', log).finally(() => (done = true));
    while (!done) await append();
    const backup = await backing;
    expect(backup).toMatchObject({
      code: 0,
      output: expect.stringMatching(
        /copies\/log\.db: \d+ events, up to position \d+, \d+\.\d MB in \d+\.\d s, verified\n/,
      ),
    });
    expect(Number(/: (\d+) events/.exec(backup.output)![1])).toBeGreaterThanOrEqual(COUNT);
    expect(await run('log', 'backup', copy, '--log', log)).toMatchObject({
      code: 1,
      output: expect.stringMatching(/is there already/),
    });
    expect(await run('log', 'verify', '--log', log)).toMatchObject({
      code: 0,
      output: expect.stringMatching(
        new RegExp(
          `^ok: ${appended} events in \\d+ commits are as they were written, the last one at position \\d+, chain [0-9a-f]+\\n$`,
        ),
      ),
    });
    await store.close();
    await server.stop();

    for (const suffix of ['', '-wal', '-shm', '-lock']) rmSync(`${path}${suffix}`, { force: true });
    expect(await run('log', 'restore', copy, '--log', log)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/log\.db: \d+ events, up to position \d+, verified/),
    });
    expect(await run('log', 'restore', copy, '--log', log)).toMatchObject({ code: 1 });
    expect((await run('log', 'verify', '--log', log)).code).toBe(0);

    const damaged = join(folder, 'damaged.db');
    copyFileSync(copy, damaged);
    const at = readFileSync(damaged).indexOf('"n":150,');
    const file = openSync(damaged, 'r+');
    writeSync(file, '"n":151,', at);
    expect(await run('log', 'verify', '--log', `sqlite:${damaged}`)).toMatchObject({
      code: 3,
      output: expect.stringMatching(/^DAMAGED at position \d+[\s\S]*restore a backup/),
    });
    const never = join(folder, 'never.db');
    expect((await run('log', 'restore', damaged, '--log', `sqlite:${never}`)).code).toBe(1);
    expect(existsSync(never)).toBe(false);
  },
);
