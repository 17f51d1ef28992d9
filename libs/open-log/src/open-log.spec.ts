import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEventStoreNode } from '@millwright/event-store-node';
import { MemoryRecordLog } from '@millwright/event-store/testing';
import type { EventStore } from '@millwright/event-store';
import { afterEach, describe, expect, test } from 'vitest';
import { parseLogUrl, shownLog } from './log-url.js';
import { openLog } from './open-log.js';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const writesAndReads = async (store: EventStore): Promise<void> => {
  closers.push(() => store.close());
  const event = { id: randomUUID(), type: 'Happened', data: { n: 1 }, metadata: { time: 5 } };
  await store.append('s', 'no-stream', [event]);
  const read = [];
  for await (const recorded of store.readStream('s')) read.push(recorded);
  expect(read).toEqual([expect.objectContaining(event)]);
};

test('sqlite:<path> is the embedded log', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millwright-open-log-'));
  closers.push(() => rm(folder, { recursive: true }));
  await writesAndReads(await openLog(`sqlite:${join(folder, 'log.db')}`));
});

test('esdb://… is a log by the protocol of EventStoreDB', async () => {
  const node = await startEventStoreNode({ log: new MemoryRecordLog(), port: 0, closeDeadlineMs: 200 });
  closers.push(() => node.close());
  await writesAndReads(await openLog(node.connectionString));
});

describe('the setting', () => {
  test.each([
    ['sqlite:./data/log.db', { kind: 'sqlite', path: './data/log.db' }],
    ['sqlite:/var/log.db', { kind: 'sqlite', path: '/var/log.db' }],
    ['esdb://u:p@host:2113?tls=true', { kind: 'esdb', connectionString: 'esdb://u:p@host:2113?tls=true' }],
    ['esdb+discover://cluster', { kind: 'esdb', connectionString: 'esdb+discover://cluster' }],
    ['kurrentdb://host?tls=false', { kind: 'esdb', connectionString: 'esdb://host?tls=false' }],
  ])('%s', (text, expected) => {
    expect(parseLogUrl(text)).toEqual(expected);
  });

  test.each([
    ['sqlite://data/log.db', /the path itself, sqlite:\/data\/log.db/],
    ['sqlite:', /expected sqlite:<path of a file>/],
    ['./data/log.db', /expected sqlite:<path of a file>, e\.g\./],
    ['postgres://u:secret@host', /"postgres:\/\/\*\*\*@host" cannot be opened: expected sqlite:/],
  ])('%s is refused with what was expected', (text, message) => {
    expect(() => parseLogUrl(text)).toThrow(message);
  });

  test('is shown without its password', () => {
    expect(shownLog('esdb://admin:changeit@host:2113?tls=true')).toBe('esdb://***@host:2113?tls=true');
    expect(shownLog('sqlite:./data/log.db')).toBe('sqlite:./data/log.db');
  });
});
