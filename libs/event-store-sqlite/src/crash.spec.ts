import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Audit, checkShort, checkTold, SHORT, type Place } from './crash-audit.fixture.js';
import { openSqliteLog } from './open.js';
import { verifyFile } from './verify-file.js';

const FIXTURE = fileURLToPath(new URL('./crash.fixture.mjs', import.meta.url));
const ROUNDS = 100;
/** Rounds after which the whole log is compared with its digests. */
const VERIFY_EVERY = 10;

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'millwright-crash-'))));
afterEach(() => rmSync(dir, { recursive: true }));

/** When a writer is killed: so many milliseconds after its start, or after its first acknowledgement. */
interface Instant {
  readonly after: 'start' | 'acknowledgement';
  readonly ms: number;
}

/** What a writer did until it was killed. */
interface Life {
  readonly acknowledged: ReadonlyMap<string, Place>;
  /** What it was in the middle of. */
  readonly within: readonly string[];
  /** From its start to its first acknowledgement, milliseconds. */
  readonly startMs: number | undefined;
}

const writeAndKill = async (
  path: string,
  seed: number,
  besides: 'nothing' | 'scavenges' | 'backups',
  { after, ms }: Instant,
): Promise<Life> => {
  const told = `${path}.told`;
  const file = openSync(told, 'w');
  // The last one says when the first append was acknowledged.
  const stdio = ['ignore', file, 'pipe', 'pipe'] as const;
  const begun = performance.now();
  const child = spawn(process.execPath, [FIXTURE, path, String(seed), besides], { stdio: [...stdio] });
  closeSync(file);
  let complaint = '';
  child.stderr!.on('data', (text: Buffer) => (complaint += text.toString()));
  let startMs: number | undefined;
  const kill = (): void => void setTimeout(() => child.kill('SIGKILL'), ms);
  if (after === 'start') kill();
  child.stdio[3]!.once('data', () => {
    startMs = performance.now() - begun;
    if (after === 'acknowledgement') kill();
  });
  await once(child, 'close');
  expect(complaint, 'the writer complains of nothing').toBe('');
  return { ...readTold(readFileSync(told, 'utf8')), startMs };
};

const readTold = (text: string): Pick<Life, 'acknowledged' | 'within'> => {
  const acknowledged = new Map<string, Place>();
  const within = new Set<string>();
  for (const line of text.split('\n')) {
    const [, begins, work] = /^(BEGIN|END) (\S+) \.$/.exec(line) ?? [];
    if (begins === 'BEGIN') within.add(work!);
    else within.delete(work ?? '');
    const [, stream, revision, position, append, of] = /^ACK (\S+) (\d+) (\d+) (\S{36}) (\d+) \.$/.exec(line) ?? [];
    if (stream === undefined) continue;
    acknowledged.set(append!, { stream, revision: BigInt(revision!), position: BigInt(position!), of: Number(of) });
  }
  return { acknowledged, within: [...within] };
};

/** Opens the log as the next process does, and holds it against what was acknowledged. */
const check = async (path: string, audit: Audit, acknowledged: ReadonlyMap<string, Place>): Promise<void> => {
  const { events, close } = await openSqliteLog({ path, lockWaitMs: 0 });
  try {
    await audit.read(events);
    let shortTo: bigint | undefined;
    for (const [append, place] of acknowledged) {
      if (place.stream === SHORT) shortTo = place.revision;
      else expect(audit.appends.get(append), `acknowledged append ${append}`).toEqual(place);
    }
    await checkShort(events, shortTo);
    await audit.repeatLast(events);
    if (existsSync(`${path}.copy`)) expect(await verifyFile(`${path}.copy`)).toMatchObject({ ok: true });
  } finally {
    await close();
  }
};

test(
  `kill -9 under load, at ${ROUNDS} instants: every acknowledged append is there once, whole, at the place it was told`,
  { timeout: 600_000 },
  async () => {
    const path = join(dir, 'log.db');
    const audit = new Audit();
    const seed = Math.floor(Math.random() * 2 ** 31);
    const killedWithin = { start: 0, scavenge: 0, backup: 0 };
    const acknowledged = new Map<string, Place>();
    const unchecked = new Map<string, Place>();
    // On this machine, at this moment: by it the instants are chosen.
    let startMs = 200;
    for (let round = 0; round < ROUNDS; round++) {
      const chance = ((seed ^ Math.imul(round, 2_654_435_761)) >>> 0) / 2 ** 32;
      // Every fourth one is killed while it starts, on what the one before it has left.
      const starts = round % 4 === 3;
      const instant: Instant = starts
        ? { after: 'start', ms: 1.2 * startMs * chance }
        : { after: 'acknowledgement', ms: 0.6 * startMs * chance };
      const besides = (['nothing', 'scavenges', 'backups', 'scavenges'] as const)[round % 4]!;
      try {
        const life = await writeAndKill(path, seed + round, besides, instant);
        startMs = life.startMs ?? startMs;
        if (life.acknowledged.size === 0) killedWithin.start++;
        for (const work of life.within) killedWithin[work as 'scavenge' | 'backup']++;
        for (const [append, place] of life.acknowledged) unchecked.set(append, place);
        if (round % 4 !== 2) {
          await check(path, audit, unchecked);
          for (const [append, place] of unchecked) acknowledged.set(append, place);
          unchecked.clear();
        }
        if ((round + 1) % VERIFY_EVERY === 0) expect(await verifyFile(path)).toMatchObject({ ok: true });
      } catch (error) {
        const when = `killed ${instant.ms.toFixed(0)} ms after ${instant.after}`;
        throw new Error(`seed ${seed}, round ${round}: ${when}, ${besides} besides`, { cause: error });
      }
    }
    // Again from the beginning: what was found in one round is there in all later ones, and no scavenge took what is not its own.
    const whole = new Audit();
    await check(path, whole, acknowledged);
    expect(whole.appends).toEqual(audit.appends);
    const { events, verify, close } = await openSqliteLog({ path, lockWaitMs: 0 });
    expect(await checkTold(events), 'events that scavenges removed').toBeGreaterThan(0);
    expect(await verify()).toMatchObject({ ok: true });
    await close();
    expect(acknowledged.size, 'appends acknowledged in all').toBeGreaterThan(ROUNDS);
    for (const [work, kills] of Object.entries(killedWithin)) expect(kills, `kills within ${work}`).toBeGreaterThan(0);
  },
);
