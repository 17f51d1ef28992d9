import { stateHash } from '@millwright/actor-engine';
import { setRetention, type Position, type RecordedEvent } from '@millwright/event-store';
import { MemoryEventStore } from '@millwright/event-store/testing';
import { factsStream, type AssetId } from '@millwright/events';
import type { LiveReadModel } from '@millwright/read-model';
import { beforeEach, describe, expect, test } from 'vitest';
import { foldFromZero, restore } from './fold-log.js';
import { Forks } from './forks.js';
import { MODELS, Rig, S1, samplesRecorded, Told } from './plant.fixture.js';
import { PlantFold } from './plant-fold.js';
import { ProjectionFeed } from './projection-feed.js';

let rig: Rig;
let store: MemoryEventStore;
/** Of the last cut, and of the head when the facts behind it were in the log. */
let cut: Position;
let head: Position;

/** A plant with a cut of snapshots and facts behind it, none of which a host has folded. */
beforeEach(async () => {
  store = new MemoryEventStore();
  rig = new Rig(store);
  await rig.start();
  await rig.applyAll();
  for (let good = 1; good <= 5; good++) await rig.write(S1, samplesRecorded({ state: 1, good }));
  await rig.quiet();
  await rig.stop();
  cut = rig.host.foldedTo!;
  await rig.host.close();
  const gateway = new Rig(store);
  for (let good = 6; good <= 9; good++) await gateway.write(S1, samplesRecorded({ state: 1, good }));
  head = (await store.head())!;
});

/** Keeps the last facts of S1 only: its model, and samples 1 to 9. */
const keep = async (count: number): Promise<void> => {
  await setRetention(store, factsStream(S1), { maxCount: count });
  await store.scavenge();
};

const hashes = (fold: Pick<PlantFold, 'entries'>): Record<AssetId, string> =>
  Object.fromEntries([...fold.entries()].map(([asset, { record }]) => [asset, stateHash(record)]));

describe('the actors', () => {
  test('are folded from their snapshots, where the facts behind them are all there', async () => {
    const { fold } = await restore(store, rig.snapshots);
    await keep(5);
    const restarted = new Rig(store);
    await restarted.host.recover();
    expect(restarted.told.lines).toEqual([]);
    expect(hashes(fold)).toEqual(
      Object.fromEntries(restarted.host.records().map((record) => [record.asset, stateHash(record)])),
    );
  });

  test('say so where facts are gone before they were folded', async () => {
    await keep(2);
    const restarted = new Rig(store);
    await restarted.start();
    await restarted.quiet();
    const said = expect.stringMatching(/actors may differ from the plant.*"asset-acme\/line\/s1" .* lost events/);
    expect(restarted.told.lines).toEqual([said]);
    await expect.poll(() => restarted.host.health()).toMatchObject({ state: 'degraded', detail: said });
    await restarted.stop();
  });

  test('say so where the model is gone, and no snapshot has it', async () => {
    const bare = new MemoryEventStore();
    const writing = new Rig(bare);
    await writing.applyAll();
    await writing.write(S1, samplesRecorded({ state: 1 }));
    await setRetention(bare, factsStream(S1), { maxCount: 1 });
    const restarted = new Rig(bare);
    await restarted.host.recover();
    expect(restarted.told.lines).toEqual([expect.stringContaining('the actors may differ from the plant')]);
  });

  test('are not folded from a later snapshot, where the one of the cut is gone', async () => {
    const restarted = new Rig(store);
    await restarted.start();
    await restarted.quiet();
    await restarted.stop();
    await restarted.host.close();
    await setRetention(store, `snapshot-${S1}`, { maxCount: 1 });
    await store.scavenge();
    const fromZero = new PlantFold();
    await foldFromZero(store, fromZero, head);
    expect(hashes((await restore(store, restarted.snapshots, head)).fold)).toEqual(hashes(fromZero));
    expect(restarted.told.lines.join()).toMatch(
      /passed over: the snapshot of "acme\/line\/s1" at revision 0 is missing/,
    );
  });
});

test('a fork is refused where facts of its past are gone', async () => {
  const forks = new Forks({ store, snapshots: rig.snapshots, readModel: {} as LiveReadModel, now: () => 0 });
  await keep(2);
  const until = { position: head, time: 0 };
  await expect(forks.create({ from: until, until, overrides: [] })).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('the fork would not be true to the plant: "asset-acme/line/s1"'),
  });
});

describe('the read model', () => {
  /** Follows the log from a checkpoint until it is caught up; gives what is said. */
  const follow = async (checkpoint: Position | undefined): Promise<{ told: Told; health: object }> => {
    const projected: RecordedEvent[] = [];
    const model: Pick<LiveReadModel, 'checkpoint' | 'project' | 'head'> = {
      checkpoint: async () => checkpoint,
      project: async (events) => void projected.push(...events),
      head: async () => ({ position: head, time: 0 }),
    };
    const assets = async () => MODELS.map(({ asset }) => ({ model: { asset } }));
    const told = new Told();
    const feed = new ProjectionFeed(store, { ...model, assets } as unknown as LiveReadModel, told);
    const abort = new AbortController();
    const running = feed.run(abort.signal);
    await expect.poll(() => feed.health().detail).toContain('up to date');
    abort.abort();
    await running;
    expect(projected.at(-1)!.position).toBe(head);
    return { told, health: feed.health() };
  };

  test.each([
    ['its checkpoint', () => cut, /history is not whole from position \d+: "asset-acme\/line\/s1"/],
    ['the beginning', () => undefined, /history is not whole from its beginning: "asset-acme\/line\/s1"/],
  ])('that has to go on from %s, before what is gone, says that history is not whole', async (_, from, words) => {
    await keep(2);
    const { told, health } = await follow(from());
    expect(health).toMatchObject({ state: 'degraded', detail: expect.stringMatching(words) });
    expect(told.lines).toEqual([expect.stringMatching(words)]);
  });

  test('that had it all says nothing', async () => {
    await keep(5);
    const { told, health } = await follow(cut);
    expect(health).toEqual({ name: 'read model', state: 'up', detail: 'up to date' });
    expect(told.lines).toEqual([]);
  });
});
