import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RecordedEvent } from '@millwright/event-store';
import { askAll, expectSame, MemoryReadModel, plantStory } from '@millwright/read-model/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWithoutThreads, temporaryFolder } from './read-model.fixture.js';

const FIXTURE = fileURLToPath(new URL('./kill.fixture.mjs', import.meta.url));
const KILLS = 100;

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => void (folder = temporaryFolder()));
afterEach(() => folder.remove());

/** Projects until it is killed, at the latest when it is done; true: it was done. */
const project = async (story: string, path: string, ms: number): Promise<boolean> => {
  const child = spawn(process.execPath, [FIXTURE, story, path], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
  child.stdout.on('data', (text: Buffer) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), ms);
    output += text.toString();
  });
  await once(child, 'close');
  expect(complaint).toBe('');
  return output.includes('DONE');
};

const expectAsIfNeverKilled = async (path: string, story: readonly RecordedEvent[]): Promise<void> => {
  const model = await openWithoutThreads(path, 16);
  const plain = new MemoryReadModel();
  const checkpoint = await model.checkpoint();
  const projected = story.filter(({ position }) => checkpoint !== undefined && position <= checkpoint);
  if (projected.length > 0) {
    await plain.project(projected);
    const last = projected.at(-1)!;
    const at = { position: last.position, time: last.recordedAt };
    expect(await model.head()).toEqual(at);
    expectSame(await askAll(model, at), await askAll(plain, at));
  }
  await model.close();
};

test(
  `kill -9 while projecting, ${KILLS} times: rows and checkpoint agree, and each event counts once`,
  { timeout: 600_000 },
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const path = folder.file('live.db');
    const file = folder.file('story.json');
    let kills = 0;
    let finished = 0;
    for (let n = 0; kills < KILLS; n++) {
      // One story after the other, each on an empty read model, until it is done.
      const [story] = fc.sample(plantStory(150, 150), { numRuns: 1, seed: seed + finished });
      writeFileSync(
        file,
        JSON.stringify(story, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
      );
      const ms = (((seed ^ (n * 2_654_435_761)) >>> 0) / 2 ** 32) * 60;
      try {
        const done = await project(file, path, ms);
        if (existsSync(path)) await expectAsIfNeverKilled(path, story!);
        if (!done) {
          kills++;
          continue;
        }
      } catch (error) {
        throw new Error(`seed ${seed}, run ${n}, killed ${ms.toFixed(0)} ms after opening`, { cause: error });
      }
      finished++;
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    }
    expect(finished, 'stories projected to their end').toBeGreaterThan(0);
  },
);
