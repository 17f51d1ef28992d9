import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RecordedEvent } from '@millwright/event-store';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteEventStore } from './open.js';

const FIXTURE = fileURLToPath(new URL('./kill.fixture.mjs', import.meta.url));
const ROUNDS = 10;

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'millwright-kill-'))));
afterEach(() => rmSync(dir, { recursive: true }));

interface Acknowledged {
  readonly stream: string;
  readonly revision: bigint;
  readonly ids: readonly string[];
}

/** Runs the writer until it has acknowledged so many appends, kills it, and gives all that it acknowledged. */
const writeAndKill = async (path: string, count: number): Promise<Acknowledged[]> => {
  const child = spawn(process.execPath, [FIXTURE, path], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
  const acknowledged: Acknowledged[] = [];
  for await (const line of createInterface(child.stdout)) {
    const [stream, revision, ...ids] = line.split(' ') as [string, string, ...string[]];
    // The last line may be cut by the kill; a whole one has three ids.
    if (ids.length === 3 && ids[2]!.length === 36) acknowledged.push({ stream, revision: BigInt(revision), ids });
    if (acknowledged.length === count) child.kill('SIGKILL');
  }
  expect(complaint).toBe('');
  expect(acknowledged.length).toBeGreaterThanOrEqual(count);
  return acknowledged;
};

test(
  `kill -9 under load, ${ROUNDS} times: every acknowledged append is there once, whole, at the place it was told`,
  { timeout: 120_000 },
  async () => {
    const path = join(dir, 'log.db');
    const acknowledged: Acknowledged[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      acknowledged.push(...(await writeAndKill(path, 1 + Math.floor(Math.random() * 150))));
      const store = await openSqliteEventStore({ path, lockWaitMs: 30_000 });
      const byStream = new Map<string, RecordedEvent[]>();
      let last = -1n;
      for await (const event of store.readAll()) {
        expect(event.position).toBeGreaterThan(last);
        last = event.position;
        const events = byStream.get(event.stream) ?? [];
        expect(event.revision).toBe(BigInt(events.length));
        events.push(event);
        byStream.set(event.stream, events);
      }
      for (const { stream, revision, ids } of acknowledged) {
        const events = byStream.get(stream)!.slice(Number(revision) - 2, Number(revision) + 1);
        expect(events.map(({ id }) => id)).toEqual(ids);
      }
      for (const events of byStream.values()) {
        expect(events.length % 3).toBe(0);
        expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
      }
      await store.close();
    }
  },
);
