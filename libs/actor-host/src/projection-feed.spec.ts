import type { Position, RecordedEvent } from '@millwright/event-store';
import { MemoryEventStore } from '@millwright/event-store/testing';
import type { LiveReadModel } from '@millwright/read-model';
import { describe, expect, test } from 'vitest';
import { MODELS, modelApplied, Rig, S1, samplesRecorded, Told } from './plant.fixture.js';
import { ProjectionFeed } from './projection-feed.js';

/** Keeps the positions it was given; `fault` makes the next batch fail whole, as a transaction does. */
class Projected {
  readonly positions: Position[] = [];
  fault: Error | undefined;

  async checkpoint(): Promise<Position | undefined> {
    return this.positions.at(-1);
  }

  async head(): Promise<undefined> {
    return undefined;
  }

  async project(events: readonly RecordedEvent[]): Promise<void> {
    if (this.fault) throw this.fault;
    this.positions.push(...events.map((e) => e.position));
  }
}

const plantPositions = async (store: MemoryEventStore): Promise<Position[]> => {
  const positions = [];
  for await (const e of store.readAll({ filter: { streamPrefixes: ['asset-', 'derived-'] } }))
    positions.push(e.position);
  return positions;
};

describe('projection feed', () => {
  test('given a read model that fails for a while, says so and then projects each event once, in order', async () => {
    const store = new MemoryEventStore();
    const rig = new Rig(store);
    const projected = new Projected();
    const told = new Told();
    const feed = new ProjectionFeed(store, projected as unknown as LiveReadModel, told);
    expect(feed.health().state).toBe('degraded');
    await rig.write(S1, modelApplied(MODELS[1]!));
    const abort = new AbortController();
    const running = feed.run(abort.signal);
    await expect.poll(() => feed.health().state).toBe('up');

    projected.fault = new Error('disk full');
    await rig.write(S1, samplesRecorded({ state: 1 }));
    await expect
      .poll(() => feed.health())
      .toMatchObject({ state: 'down', detail: expect.stringContaining('disk full') });
    expect(told.lines.join()).toContain('disk full');
    await rig.write(S1, samplesRecorded({ state: 4 }));
    projected.fault = undefined;
    await expect.poll(() => feed.health().state, { timeout: 10_000 }).toBe('up');
    expect(projected.positions).toEqual(await plantPositions(store));

    abort.abort();
    await running;
  });
});
