import { randomUUID } from 'node:crypto';
import { setRetention, type Position } from '@millwright/event-store';
import { MemoryEventStore } from '@millwright/event-store/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApiOptions } from '../api-options.js';
import { Removals } from './removals.js';

const FACTS = { streamPrefixes: ['asset-'] };
let store: MemoryEventStore;
let removals: Removals;
let first: Position;
let last: Position;

const write = async (stream: string): Promise<Position> => {
  const event = { id: randomUUID(), type: 'T', data: {}, metadata: { time: 0 } };
  return (await store.append(stream, 'any', [event])).position;
};

beforeEach(async () => {
  store = new MemoryEventStore();
  first = await write('asset-live');
  await write('asset-projected');
  last = await write('asset-live');
  const at = { position: last, time: 0 };
  removals = new Removals({
    store,
    readModel: { head: async () => at, assets: async () => [{ model: { asset: 'projected' } }] },
    host: { records: () => [{ asset: 'live' }] },
  } as unknown as ApiOptions);
});

describe('what the log no longer has', () => {
  it('is known of the assets of the read model and of those of the actors', async () => {
    expect(await removals.after(0n, FACTS)).toBeUndefined();
    await setRetention(store, 'asset-live', { maxCount: 1 });
    expect(await removals.after(first, FACTS)).toEqual({ stream: 'asset-live', upTo: last });
    await store.deleteStream('asset-projected');
    expect(await removals.after(first, FACTS)).toEqual({ stream: 'asset-projected', upTo: await store.head() });
    expect(await removals.after(first, { streamPrefixes: ['derived-'] })).toBeUndefined();
    expect(await removals.after((await store.head())!, FACTS)).toBeUndefined();
  });

  it('is looked for once for all who ask together, and again for who asks while it is looked for', async () => {
    const reads = vi.spyOn(store, 'readStream');
    await removals.after(0n, FACTS);
    const once = reads.mock.calls.length;
    reads.mockClear();
    const together = Promise.all(Array.from({ length: 20 }, () => removals.after(first, FACTS)));
    await vi.waitFor(() => expect(reads).toHaveBeenCalled());
    // The look that is under way may have passed the stream by now.
    await setRetention(store, 'asset-live', { maxCount: 1 });
    const later = Promise.all(Array.from({ length: 20 }, () => removals.after(first, FACTS)));
    await together;
    expect((await later).every((removed) => removed?.upTo === last)).toBe(true);
    // The retention's own reads and writes apart.
    expect(reads.mock.calls.filter(([stream]) => stream.startsWith('asset-')).length).toBeLessThanOrEqual(2 * once);
  });

  it('is asked again after a look that failed', async () => {
    vi.spyOn(store, 'readStream').mockImplementationOnce(() => {
      throw new Error('the log is away');
    });
    await expect(removals.after(0n, FACTS)).rejects.toThrow('the log is away');
    expect(await removals.after(0n, FACTS)).toBeUndefined();
  });
});
