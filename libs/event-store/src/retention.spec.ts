import { expect, test } from 'vitest';
import { EventStoreError } from './event-store-error.js';
import {
  DELETED_TRUNCATE_BEFORE,
  isDeleted,
  isKept,
  METADATA_TYPE,
  metadataOwner,
  metadataStream,
  parseRetention,
  retentionOf,
  SCAVENGES_STREAM,
  scavengedTo,
  setRetention,
  withTruncateBefore,
  type Retention,
} from './retention.js';
import { collect, newEvent } from './testing/contract-kit.js';
import { MemoryEventStore } from './testing/memory-event-store.js';

test.each<[stream: string, owner: string | undefined]>([
  ['$$s', 's'],
  ['$$$system', '$system'],
  ['$$', undefined],
  ['$s', undefined],
  ['s', undefined],
  ['s$$', undefined],
])('the metadata stream %s belongs to %s', (stream, owner) => {
  expect(metadataOwner(stream)).toBe(owner);
  if (owner !== undefined) expect(metadataStream(owner)).toBe(stream);
});

test.each<[metadata: string, retention: Retention]>([
  ['{}', {}],
  ['{"$maxAge":60,"$maxCount":5,"$tb":0}', { maxAgeSeconds: 60, maxCount: 5, truncateBefore: 0n }],
  ['{"$maxCount":5,"$acl":{"$w":"x"},"own":[1]}', { maxCount: 5 }],
  ['{"$tb":9223372036854775807}', { truncateBefore: DELETED_TRUNCATE_BEFORE }],
  ['{"$tb":9007199254740991}', { truncateBefore: 9_007_199_254_740_991n }],
  // Too small to mean anything: the others count.
  ['{"$maxAge":0,"$maxCount":5}', { maxCount: 5 }],
  ['{"$maxCount":-3,"$tb":2}', { truncateBefore: 2n }],
  ['{"$tb":-1,"$maxAge":1}', { maxAgeSeconds: 1 }],
  // No whole number of 64 bits: none counts.
  ['{"$maxAge":1.5,"$maxCount":5}', {}],
  ['{"$maxAge":"60","$maxCount":5}', {}],
  ['{"$maxAge":null,"$maxCount":5}', {}],
  ['{"$maxAge":true,"$maxCount":5}', {}],
  ['{"$tb":1e300,"$maxCount":5}', {}],
  ['[{"$maxCount":5}]', {}],
  ['"$maxCount"', {}],
  ['null', {}],
  ['{"$maxCount":5', {}],
  ['', {}],
])('%s is read as EventStoreDB reads it', (metadata, retention) => {
  expect(parseRetention(metadata)).toEqual(retention);
});

test.each<[before: string | undefined, revision: bigint, after: string]>([
  [undefined, 3n, '{"$tb":3}'],
  ['{}', DELETED_TRUNCATE_BEFORE, '{"$tb":9223372036854775807}'],
  ['{"$tb":9223372036854775807,"own":{"a":1},"$maxCount":5}', 7n, '{"own":{"a":1},"$maxCount":5,"$tb":7}'],
  ['not JSON', 1n, '{"$tb":1}'],
  ['[1]', 1n, '{"$tb":1}'],
])('of the metadata %s truncated before %s, all else stays', (before, revision, after) => {
  expect(withTruncateBefore(before, revision)).toBe(after);
  expect(parseRetention(after).truncateBefore).toBe(revision);
});

test('only the truncation beyond every revision is a deletion', () => {
  expect(isDeleted({ truncateBefore: DELETED_TRUNCATE_BEFORE })).toBe(true);
  expect(isDeleted({ truncateBefore: DELETED_TRUNCATE_BEFORE - 1n })).toBe(false);
  expect(isDeleted({})).toBe(false);
});

test('an event is kept up to the very end of its time', () => {
  const event = { revision: 5n, recordedAt: 1_000 };
  expect(isKept({}, event, 9n, 1e15)).toBe(true);
  expect(isKept({ maxAgeSeconds: 2 }, event, 9n, 3_000)).toBe(true);
  expect(isKept({ maxAgeSeconds: 2 }, event, 9n, 3_001)).toBe(false);
  expect(isKept({ maxCount: 5 }, event, 9n, 0)).toBe(true);
  expect(isKept({ maxCount: 4 }, event, 9n, 0)).toBe(false);
  expect(isKept({ truncateBefore: 5n }, event, 9n, 0)).toBe(true);
  expect(isKept({ truncateBefore: 6n }, event, 9n, 0)).toBe(false);
  expect(isKept({ maxAgeSeconds: 2, maxCount: 5, truncateBefore: 6n }, event, 9n, 3_000)).toBe(false);
});

test.each<[Retention, RegExp]>([
  [{ maxAgeSeconds: 0 }, /maxAgeSeconds is 0; expected a whole number from 1 to 31557600000/],
  [{ maxAgeSeconds: 1.5 }, /maxAgeSeconds is 1.5/],
  [{ maxAgeSeconds: 31_557_600_001 }, /maxAgeSeconds is 31557600001/],
  [{ maxCount: 0 }, /maxCount is 0; expected a whole number from 1/],
  [{ maxCount: Number.NaN }, /maxCount is NaN/],
  [{ maxCount: Infinity }, /maxCount is Infinity/],
  [{ truncateBefore: -1n }, /truncateBefore is -1; expected a whole number from 0/],
  [{ truncateBefore: DELETED_TRUNCATE_BEFORE }, /truncateBefore is 9223372036854775807/],
])('retention %o is refused, and nothing is written', async (retention, message) => {
  const store = new MemoryEventStore();
  await expect(setRetention(store, 's', retention)).rejects.toThrow(RangeError);
  await expect(setRetention(store, 's', retention)).rejects.toThrow(message);
  expect(await store.head()).toBeUndefined();
});

test('the metadata of metadata have no retention', async () => {
  const store = new MemoryEventStore();
  for (const call of [setRetention(store, '$$s', {}), retentionOf(store, '$$s')]) {
    await expect(call).rejects.toThrow(/"\$\$s" holds the metadata of a stream and has none of its own/);
    await expect(call).rejects.toBeInstanceOf(EventStoreError);
  }
});

test('of two that set it at the same moment, one is told', async () => {
  const store = new MemoryEventStore();
  await setRetention(store, 's', { maxCount: 1 });
  const late: Pick<MemoryEventStore, 'readStream' | 'append'> = {
    readStream: (stream, options) => store.readStream(stream, options),
    append: async (...args) => {
      await setRetention(store, 's', { maxCount: 2 });
      return store.append(...args);
    },
  };
  await expect(setRetention(late, 's', { maxCount: 3 })).rejects.toMatchObject({ code: 'wrong-expected-revision' });
  expect(await retentionOf(store, 's')).toEqual({ maxCount: 2 });
});

test('it is written with the time of the clock', async () => {
  const store = new MemoryEventStore();
  await setRetention(store, 's', { maxCount: 1 }, () => 5);
  const [event] = await collect(store.readStream('$$s'));
  expect([event!.metadata, event!.type]).toEqual([{ time: 5 }, METADATA_TYPE]);
});

test('the last metadata count, whatever else is written to their stream', async () => {
  const store = new MemoryEventStore();
  await setRetention(store, 's', { maxCount: 3 });
  await store.append('$$s', 'any', [newEvent('Note', { $maxCount: 1 })]);
  expect(await retentionOf(store, 's')).toEqual({ maxCount: 3 });
  await setRetention(store, 's', { truncateBefore: 1n });
  expect(await retentionOf(store, 's')).toEqual({ truncateBefore: 1n });
  await store.append('$$t', 'any', [newEvent('Note', { $maxCount: 1 })]);
  expect(await retentionOf(store, 't')).toEqual({});
  await setRetention(store, 't', { maxCount: 2 });
  expect(await retentionOf(store, 't')).toEqual({ maxCount: 2 });
});

test.each<[data: object, position: bigint | undefined]>([
  [{ removedUpTo: '120' }, 120n],
  [{ removedUpTo: 120 }, undefined],
  [{ removedUpTo: '-1' }, undefined],
  [{ removedUpTo: '1e3' }, undefined],
  [{ spaceSaved: 17 }, undefined],
])('a scavenge that left %o is told of as far as %s', async (data, position) => {
  const store = new MemoryEventStore();
  await store.append(SCAVENGES_STREAM, 'any', [newEvent('$scavengeCompleted', { removedUpTo: '1' })]);
  await store.append(SCAVENGES_STREAM, 'any', [newEvent('$scavengeCompleted', data)]);
  expect(await scavengedTo(store)).toBe(position);
});
