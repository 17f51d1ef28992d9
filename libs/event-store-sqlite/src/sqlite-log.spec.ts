import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  scavengedTo,
  setRetention,
  type EventStore,
  type EventStoreError,
  type NewRecord,
  type RecordLog,
} from '@millwright/event-store';
import { openDatabase } from '@millwright/sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteLog, type SqliteEventStoreOptions, type SqliteLog } from './open.js';

const HOLDER = fileURLToPath(new URL('./holder.fixture.mjs', import.meta.url));

let dir: string;
let path: string;
const opened: SqliteLog[] = [];
const children: ChildProcess[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millwright-log-'));
  path = join(dir, 'log.db');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const log of opened.splice(0)) await log.close();
  rmSync(dir, { recursive: true });
});

const open = async (options: Partial<SqliteEventStoreOptions> = {}): Promise<SqliteLog> => {
  const log = await openSqliteLog({ path, lockWaitMs: 0, ...options });
  opened.push(log);
  return log;
};
const newRecords = (count: number, data = '{}'): NewRecord[] =>
  Array.from({ length: count }, () => ({ id: randomUUID(), type: 'Happened', data, metadata: '{"time":1}' }));
const count = async (items: AsyncIterable<unknown>): Promise<number> => {
  const iterator = items[Symbol.asyncIterator]();
  let n = 0;
  while (!(await iterator.next()).done) n++;
  return n;
};
const bytesOnDisk = (): number => statSync(path).size + (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0);

describe('one writer among processes', () => {
  /** Another process that has the log open; gives its id. */
  const hold = async (): Promise<{ child: ChildProcess; pid: number }> => {
    const child = spawn(process.execPath, [HOLDER, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    return { child, pid: Number(line.toString()) };
  };

  test('the second is told which process it is, where, and since when; it gets in when that one ends', async () => {
    const { child, pid } = await hold();
    const error = await openSqliteLog({ path, lockWaitMs: 0 }).catch((e: EventStoreError) => e);
    expect(error).toMatchObject({ code: 'locked' });
    expect((error as Error).message).toMatch(
      new RegExp(
        `the log ${path} is being written by process ${pid} on ${hostname()}, which opened it at \\d{4}-.*; stop that process first, a log has one writer`,
      ),
    );
    const ended = once(child, 'exit');
    child.stdin!.end();
    expect(await ended).toEqual([0, null]);
    const log = await open();
    expect(await count(log.events.readAll())).toBe(1);
  });

  test('a process that was killed holds nothing', async () => {
    const { child } = await hold();
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    // The system may take a moment to let its lock go.
    const log = await open({ lockWaitMs: 30_000 });
    await log.records.append('s', 0n, newRecords(1));
  });
});

describe('scavenge of a large log', { timeout: 120_000 }, () => {
  const STREAMS = 10;
  const PER_STREAM = 20_000;
  const KEPT = 100;

  test('200,000 events: the file shrinks, the rest is as it was, and appends and readers go on meanwhile', async () => {
    const { events, records, verify } = await open();
    for (let n = 0; n < PER_STREAM; n += 1_000) {
      for (let s = 0; s < STREAMS; s++)
        await records.append(`s-${s}`, 'any', newRecords(1_000, '{"text":"0123456789"}'));
    }
    for (let s = 0; s < STREAMS - 1; s++) await setRetention(events, `s-${s}`, { maxCount: KEPT });
    await events.deleteStream(`s-${STREAMS - 1}`);
    const before = bytesOnDisk();
    const removed = (STREAMS - 1) * (PER_STREAM - KEPT) + PER_STREAM;

    let done = false;
    const scavenging = records.scavenge().finally(() => (done = true));
    let appended = 0;
    for (; !done; appended++) await records.append('live', 'any', newRecords(1));
    const { removedEvents, freedBytes } = await scavenging;
    expect(removedEvents).toBe(removed);
    expect(appended).toBeGreaterThan(10);
    expect(bytesOnDisk()).toBeLessThan(before / 5);
    expect(freedBytes).toBeGreaterThan(before / 2);
    // What was removed ends with the last event that was deleted.
    expect(await scavengedTo(events)).toBe(BigInt(STREAMS * PER_STREAM));

    expect(await count(events.readAll({ filter: { streamPrefixes: ['s-'] } }))).toBe((STREAMS - 1) * KEPT);
    expect(await revisionsOf(records, 's-3')).toEqual([PER_STREAM - KEPT, PER_STREAM - 1, KEPT]);
    expect(await revisionsOf(records, 'live')).toEqual([0, appended - 1, appended]);
    const whole = await verify();
    expect(whole).toMatchObject({ ok: true, events: (STREAMS - 1) * KEPT + STREAMS + 1 + appended });
    expect(await records.append('s-9', 'no-stream', newRecords(1))).toMatchObject({ revision: BigInt(PER_STREAM) });
  });

  /** First and last revision, and how many. */
  const revisionsOf = async (records: RecordLog, stream: string): Promise<number[]> => {
    const revisions: number[] = [];
    for await (const { revision } of records.readStream(stream)) revisions.push(Number(revision));
    return [revisions[0]!, revisions.at(-1)!, revisions.length];
  };
});

test('two scavenges at once come one after the other', async () => {
  const { events, records } = await open();
  await records.append('s', 'any', newRecords(10));
  await setRetention(events, 's', { maxCount: 1 });
  const results = await Promise.all([records.scavenge(), records.scavenge()]);
  expect(results.map(({ removedEvents }) => removedEvents)).toEqual([9, 0]);
});

describe('verify', () => {
  const damage = (sql: string): void => {
    const db = openDatabase(path, { synchronous: 'FULL' });
    db.exec(sql);
    db.close();
  };

  test('of a log in use: while it is written and scavenged', async () => {
    const { events, records, verify } = await open();
    for (let n = 0; n < 30; n++) await records.append(`s-${n % 3}`, 'any', newRecords(300));
    await setRetention(events, 's-1', { maxCount: 10 });
    let done = false;
    const verifying = Promise.all([verify(), verify()]).finally(() => (done = true));
    await records.scavenge();
    while (!done) await records.append('s-2', 'any', newRecords(10));
    for (const report of await verifying) expect(report).toMatchObject({ ok: true });
    expect(await verify()).toMatchObject({ ok: true, head: { position: await records.head() } });
  });

  test('tells how far it is, and where and what the first problem is; the log can be read on', async () => {
    const { records, verify } = await open();
    for (let n = 0; n < 20; n++) await records.append('s', 'any', newRecords(500));
    const seen: bigint[] = [];
    const { head } = await verify({ onProgress: ({ position }) => void seen.push(position) });
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.at(-1)).toBe(10_000n);
    expect(head).toEqual({ position: 10_000n, chain: expect.stringMatching(/^[0-9a-f]{64}$/) });
    damage(`UPDATE events SET data = '{"forged":true}' WHERE position = 7003`);
    expect(await verify()).toEqual({
      ok: false,
      events: 7_000,
      commits: 14,
      head: { position: 7_000n, chain: expect.any(String) },
      firstProblem: {
        position: 7_001n,
        stream: 's',
        sentence: 'an event from 7001 to 7500 has been changed, lost or added: the commit does not have its digest',
      },
    });
    expect(await verify({ from: 7_501n })).toMatchObject({ ok: true, events: 2_500 });
    expect(await count(records.readAll())).toBe(10_000);
  });

  test('can be given up', async () => {
    const { records, verify } = await open();
    await records.append('s', 'any', newRecords(10));
    await expect(verify({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

test('a scavenge of a damaged log removes nothing of what is damaged, and says where that is', async () => {
  const { events, records } = await open();
  await records.append('s', 'any', newRecords(10));
  await setRetention(events as EventStore, 's', { maxCount: 1 });
  const db = openDatabase(path, { synchronous: 'FULL' });
  db.exec(`UPDATE events SET data = '[]' WHERE position = 3`);
  db.close();
  const error = await records.scavenge().catch((e: EventStoreError) => e);
  expect(error).toMatchObject({
    code: 'corrupt',
    message: expect.stringMatching(/up to position 10 are not as they were/),
  });
  expect(await count(records.readAll())).toBe(11);
  await records.append('s', 9n, newRecords(1));
});
