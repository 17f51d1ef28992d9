import { expect, test, vi } from 'vitest';
import type { RecordedEvent, SubscriptionItem } from './event-store.port.js';
import { JsonEventStore, withoutSystem } from './json-event-store.js';
import { collect, newEvent, newEvents } from './testing/contract-kit.js';
import { MemoryRecordLog } from './testing/memory-record-log.js';

test.each([
  [undefined, { excludeSystem: true }],
  [{ types: ['T'] }, { types: ['T'], excludeSystem: true }],
  [{ streamPrefixes: ['a', ''] }, { streamPrefixes: ['a', ''], excludeSystem: true }],
  [{ streamPrefixes: ['a', '$'] }, { streamPrefixes: ['a', '$'] }],
  [
    { streamPrefixes: ['$$a'], excludeSystem: true },
    { streamPrefixes: ['$$a'], excludeSystem: true },
  ],
  [{ streamPattern: '^\\$' }, { streamPattern: '^\\$', excludeSystem: true }],
])('the filter %o is asked of the log as %o', (filter, asked) => {
  expect(withoutSystem(filter)).toEqual(asked);
});

test('events that cannot be written are refused before the log hears of them', async () => {
  const log = new MemoryRecordLog();
  const append = vi.spyOn(log, 'append');
  const store = new JsonEventStore(log);
  await expect(store.append('s', 'any', [{ ...newEvent(), data: null as never }])).rejects.toThrow(/data is null/);
  expect(append).not.toHaveBeenCalled();
});

test('live readers share what was appended, and others get their own', async () => {
  const store = new JsonEventStore(new MemoryRecordLog());
  const event = newEvent('T', { a: 1 });
  await store.append('s', 'any', [event]);
  const first = async (): Promise<RecordedEvent> => {
    for await (const item of store.subscribe({ after: 'start' })) if (item.kind === 'events') return item.events[0]!;
    throw new Error('the subscription has ended');
  };
  const [one, other] = [await first(), await first()];
  expect(one).toBe(other);
  expect(one.data).toBe(event.data);
  const [read] = await collect(store.readStream('s'));
  expect(read).toEqual(one);
  expect(read!.data).not.toBe(event.data);
});

test('giving a read up ends the one of the log', async () => {
  const log = new MemoryRecordLog();
  const store = new JsonEventStore(log);
  await store.append('s', 'any', newEvents(3));
  const records = log.readAll();
  const returned = vi.spyOn(records, 'return');
  vi.spyOn(log, 'readAll').mockReturnValue(records);
  for await (const event of store.readAll()) if (event.revision === 1n) break;
  expect(returned).toHaveBeenCalledOnce();
});

test('giving a subscription up does not wait for its next item', async () => {
  const store = new JsonEventStore(new MemoryRecordLog());
  const items = store.subscribe({ after: 'start' })[Symbol.asyncIterator]();
  await items.next();
  const waiting = items.next();
  expect(await items.return?.()).toEqual({ done: true, value: undefined });
  expect(await waiting).toEqual({ done: true, value: undefined } satisfies IteratorResult<SubscriptionItem>);
});

test('the rest is what the log says', async () => {
  const log = new MemoryRecordLog();
  const store = new JsonEventStore(log);
  const { position } = await store.append('s', 'any', newEvents(1));
  expect(await store.head()).toBe(position);
  expect(await store.positionAt(Date.now())).toBe(position);
  expect(store.health()).toEqual(log.health());
  await store.close();
  expect(log.health().state).toBe('down');
});
