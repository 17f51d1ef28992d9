import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Position, RecordedEvent } from '@millwright/event-store';
import { openSqliteLog } from '@millwright/event-store-sqlite';
import { askAll, expectSame, MemoryReadModel, plantStory } from '@millwright/read-model/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SqliteReadModel } from './live-read-model.js';
import { openWithoutThreads, temporaryFolder } from './read-model.fixture.js';

const FIXTURE = fileURLToPath(new URL('./kill.fixture.mjs', import.meta.url));
const KILLS = 100;
const EVENTS = 3_000;
const MAX_TAIL = 64;

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => void (folder = temporaryFolder()));
afterEach(() => folder.remove());

/** A log with a random story. */
const prepareLog = async (path: string, seed: number): Promise<RecordedEvent[]> => {
  const [story] = fc.sample(plantStory(EVENTS, EVENTS), { numRuns: 1, seed });
  let clock = 0;
  const { events, close } = await openSqliteLog({ path, now: () => clock });
  for (const { id, stream, type, data, metadata, recordedAt } of story!) {
    clock = recordedAt;
    await events.append(stream, 'any', [{ id, type, data, metadata }]);
  }
  const all: RecordedEvent[] = [];
  for await (const event of events.readAll()) all.push(event);
  await close();
  return all;
};

/** Milliseconds after the start of a process, or after it has opened its files. */
interface Instant {
  readonly after: 'start' | 'open';
  readonly ms: number;
}

interface Life {
  readonly done: boolean;
  /** Where the last call that returned has brought the read model. */
  readonly projected: Position | undefined;
  /** From the start to the open files, milliseconds. */
  readonly startMs: number | undefined;
}

/** Projects until it is killed, at the latest when it is done. */
const project = async (log: string, path: string, { after, ms }: Instant): Promise<Life> => {
  const told = folder.file('told');
  const file = openSync(told, 'w');
  const begun = performance.now();
  const child = spawn(process.execPath, [FIXTURE, log, path], { stdio: ['ignore', file, 'pipe', 'pipe'] });
  closeSync(file);
  let complaint = '';
  child.stderr!.on('data', (text: Buffer) => (complaint += text.toString()));
  let startMs: number | undefined;
  const kill = (): void => void setTimeout(() => child.kill('SIGKILL'), ms);
  if (after === 'start') kill();
  child.stdio[3]!.once('data', () => {
    startMs = performance.now() - begun;
    if (after === 'open') kill();
  });
  await once(child, 'close');
  const text = readFileSync(told, 'utf8');
  expect(complaint).toBe('');
  expect(text).not.toMatch(/REBUILT|PASSED/);
  const projected = [...text.matchAll(/^PROJECTED (\d+) \.$/gm)].at(-1);
  return { done: text.includes('DONE'), projected: projected && BigInt(projected[1]!), startMs };
};

/** Holds the killed read model against one that goes along with it and is never killed. */
class Companion {
  private readonly log: readonly RecordedEvent[];
  private readonly model: SqliteReadModel;

  private constructor(log: readonly RecordedEvent[], model: SqliteReadModel) {
    this.log = log;
    this.model = model;
  }

  static async open(log: readonly RecordedEvent[], path: string): Promise<Companion> {
    return new Companion(log, await openWithoutThreads(path, MAX_TAIL));
  }

  /** Rows and checkpoint agree, nothing that was projected is lost, and each event counts once. */
  async check(path: string, projected: Position | undefined): Promise<void> {
    const killed = await openWithoutThreads(path, MAX_TAIL);
    const checkpoint = await killed.checkpoint();
    if (projected !== undefined) expect(checkpoint).toBeGreaterThanOrEqual(projected);
    if (checkpoint !== undefined) {
      const before = (await this.model.checkpoint()) ?? 0n;
      await this.model.project(this.log.filter(({ position }) => position > before && position <= checkpoint));
      const head = (await this.model.head())!;
      expect(await killed.head()).toEqual(head);
      expectSame(await askAll(killed, head), await askAll(this.model, head));
    }
    await killed.close();
  }

  /** Both have come to the end of the log, and answer as the plain model does. */
  async finish(): Promise<void> {
    const plain = new MemoryReadModel();
    await plain.project(this.log);
    const head = (await plain.head())!;
    expect(await this.model.head()).toEqual(head);
    expectSame(await askAll(this.model, head), await askAll(plain, head));
    await this.close();
  }

  async close(): Promise<void> {
    await this.model.close();
  }
}

test(
  `kill -9 while projecting, ${KILLS} times: rows and checkpoint agree, and each event counts once`,
  { timeout: 600_000 },
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const log = folder.file('log.db');
    const path = folder.file('live.db');
    const events = await prepareLog(log, seed);
    expect(events).toHaveLength(EVENTS + 3);
    let [kills, finished, kept] = [0, 0, 0];
    // On this machine, at this moment: by it the instants are chosen.
    let startMs = 500;
    let companion = await Companion.open(events, folder.file(`companion-${finished}.db`));
    for (let n = 0; kills < KILLS || finished === 0; n++) {
      const chance = ((seed ^ Math.imul(n, 2_654_435_761)) >>> 0) / 2 ** 32;
      const instant: Instant =
        n % 4 === 3 ? { after: 'start', ms: 1.2 * startMs * chance } : { after: 'open', ms: 0.4 * startMs * chance };
      try {
        const life = await project(log, path, instant);
        startMs = life.startMs ?? startMs;
        if (life.projected !== undefined) kept++;
        if (existsSync(path)) await companion.check(path, life.projected);
        if (!life.done) {
          kills++;
          continue;
        }
        await companion.finish();
      } catch (error) {
        const when = `killed ${instant.ms.toFixed(0)} ms after ${instant.after}`;
        throw new Error(`seed ${seed}, run ${n}: ${when}`, { cause: error });
      }
      finished++;
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
      companion = await Companion.open(events, folder.file(`companion-${finished}.db`));
    }
    expect(kept, 'runs that projected something before they were killed').toBeGreaterThan(KILLS / 4);
    await companion.close();
  },
);
