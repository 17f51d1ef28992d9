import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EventStore, RecordedEvent } from '@millwright/event-store';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteLog } from './open.js';

const FIXTURE = fileURLToPath(new URL('./crash.fixture.mjs', import.meta.url));
const ROUNDS = 100;
/** Rounds after which the whole log is compared with its digests, besides the last. */
const VERIFY_EVERY = 20;

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'millwright-crash-'))));
afterEach(() => rmSync(dir, { recursive: true }));

interface Acknowledged {
  readonly stream: string;
  readonly revision: bigint;
  readonly position: bigint;
  readonly append: string;
  readonly of: number;
}

/** When a writer is killed: so many milliseconds after its start, or after its first acknowledgement. */
interface Instant {
  readonly after: 'start' | 'acknowledgement';
  readonly ms: number;
}

/** Runs the writer to its instant, kills it, and gives all that it acknowledged. */
const writeAndKill = async (path: string, seed: number, { after, ms }: Instant): Promise<Acknowledged[]> => {
  const told = `${path}.acknowledged`;
  const file = openSync(told, 'w');
  // The last one says when the first append was acknowledged.
  const child = spawn(process.execPath, [FIXTURE, path, String(seed)], { stdio: ['ignore', file, 'pipe', 'pipe'] });
  closeSync(file);
  let complaint = '';
  child.stderr!.on('data', (text: Buffer) => (complaint += text.toString()));
  const kill = (): void => void setTimeout(() => child.kill('SIGKILL'), ms);
  if (after === 'start') kill();
  else child.stdio[3]!.once('data', kill);
  await once(child, 'close');
  expect(complaint, 'the writer complains of nothing').toBe('');
  const lines = readFileSync(told, 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [, stream, revision, position, append, of] = /^ACK (\S+) (\d+) (\d+) (\S{36}) (\d+) \.$/.exec(line) ?? [];
    if (stream === undefined) return [];
    const place = { revision: BigInt(revision!), position: BigInt(position!) };
    return [{ stream, ...place, append: append!, of: Number(of) }];
  });
};

/** What one append has left in the log. */
interface Found {
  events: number;
  readonly of: number;
  revision: bigint;
  position: bigint;
}

/** What has been read of the log, round by round. */
class Audit {
  private position = 0n;
  private readonly last = new Map<string, bigint>();

  /** Reads what is new, checks that nothing of it is broken, and gives it by append. */
  async read(store: EventStore): Promise<Map<string, Found>> {
    const found = new Map<string, Found>();
    for await (const event of store.readAll({ after: this.position })) {
      expect(event.position).toBeGreaterThan(this.position);
      this.position = event.position;
      this.follow(event);
      this.count(found, event);
    }
    for (const [append, { events, of }] of found) expect(events, `append ${append} is whole`).toBe(of);
    return found;
  }

  private follow({ stream, revision }: RecordedEvent): void {
    const next = (this.last.get(stream) ?? -1n) + 1n;
    // A scavenge may have removed what came between.
    if (stream === 'short') expect(revision).toBeGreaterThanOrEqual(next);
    else expect(revision, `next revision of ${stream}`).toBe(next);
    this.last.set(stream, revision);
  }

  private count(found: Map<string, Found>, { stream, data, revision, position }: RecordedEvent): void {
    if (stream === 'short') return;
    const { append, n, of } = data as { append: string; n: number; of: number };
    const known = found.get(append) ?? { events: 0, of, revision, position };
    expect(n, `events of append ${append} in their order, none twice`).toBe(known.events);
    found.set(append, { of, events: known.events + 1, revision, position });
  }
}

/** What is shown of the stream that keeps twenty events goes without a gap to its end, which is not before what was acknowledged. */
const checkShort = async (store: EventStore, acknowledged: readonly Acknowledged[]): Promise<void> => {
  const shown: bigint[] = [];
  for await (const { revision } of store.readStream('short')) shown.push(revision);
  const first = shown[0] ?? 0n;
  expect(shown).toEqual(shown.map((_, n) => first + BigInt(n)));
  const last = acknowledged.findLast(({ stream }) => stream === 'short');
  if (last) expect(shown.at(-1)).toBeGreaterThanOrEqual(last.revision);
};

test(
  `kill -9 under load, at ${ROUNDS} instants: every acknowledged append is there once, whole, at the place it was told`,
  { timeout: 600_000 },
  async () => {
    const path = join(dir, 'log.db');
    const audit = new Audit();
    const seed = Math.floor(Math.random() * 2 ** 31);
    let total = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const spread = ((seed ^ (round * 2_654_435_761)) >>> 0) / 2 ** 32;
      const instant: Instant =
        round % 4 === 0 ? { after: 'start', ms: 600 * spread } : { after: 'acknowledgement', ms: 250 * spread };
      const context = `seed ${seed}, round ${round}: killed ${instant.ms.toFixed(0)} ms after ${instant.after}`;
      try {
        const acknowledged = await writeAndKill(path, seed + round, instant);
        const { events, verify, close } = await openSqliteLog({ path, lockWaitMs: 30_000 });
        const found = await audit.read(events);
        for (const { stream, append, of, revision, position } of acknowledged) {
          if (stream !== 'short') expect(found.get(append)).toEqual({ events: of, of, revision, position });
        }
        await checkShort(events, acknowledged);
        total += acknowledged.length;
        if ((round + 1) % VERIFY_EVERY === 0) expect(await verify()).toMatchObject({ ok: true });
        await close();
      } catch (error) {
        throw new Error(context, { cause: error });
      }
    }
    expect(total, 'appends acknowledged in all').toBeGreaterThan(ROUNDS);
  },
);
