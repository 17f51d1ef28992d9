import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { setRetention, type NewEvent } from '@millwright/event-store';
import { expect, onTestFinished, test } from 'vitest';
import { logStats, streamStats } from './log-stats.js';
import { openSqliteEventStore } from './open.js';

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'millwright-stats-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

const event = (): NewEvent => ({ id: randomUUID(), type: 'T', data: {}, metadata: { time: 0 } });

test('counts what is there, while a process writes it and after a scavenge', async () => {
  const path = join(newFolder(), 'log.db');
  let now = 1_000;
  const store = await openSqliteEventStore({ path, now: () => now });
  expect(logStats(path)).toMatchObject({
    events: 0,
    streams: 0,
    head: undefined,
    recorded: undefined,
    removedUpTo: undefined,
  });
  await store.append('a', 'any', [event(), event()]);
  now = 2_000;
  const { position } = await store.append('b', 'any', [event()]);
  expect(logStats(path)).toMatchObject({
    events: 3,
    streams: 2,
    head: position,
    recorded: { first: 1_000, last: 2_000 },
  });
  expect(logStats(path).bytes).toBeGreaterThan(10_000);
  await setRetention(store, 'a', { maxCount: 1 });
  await store.scavenge();
  const { events, removedUpTo, head } = logStats(path);
  // One of `a` is gone; its metadata and the scavenge's own event are new.
  expect(events).toBe(4);
  expect(removedUpTo).toBeLessThan(position);
  expect(head).toBe(await store.head());
  expect(streamStats(path)).toEqual([
    { stream: '$$a', events: 1 },
    { stream: '$scavenges', events: 1 },
    { stream: 'a', events: 1 },
    { stream: 'b', events: 1 },
  ]);
  await store.append('a%b', 'any', [event()]);
  expect(streamStats(path, 'a').map(({ stream }) => stream)).toEqual(['a', 'a%b']);
  await store.close();
});

test('what is no log, and what is not there, is told by path', () => {
  const folder = newFolder();
  const path = join(folder, 'notes.txt');
  writeFileSync(path, 'not a database '.repeat(1_000));
  expect(() => logStats(path)).toThrow(
    expect.objectContaining({ code: 'corrupt', message: expect.stringContaining(path) }),
  );
  expect(() => logStats(join(folder, 'absent.db'))).toThrow(
    expect.objectContaining({ code: 'unavailable', message: expect.stringContaining('is not there') }),
  );
});
