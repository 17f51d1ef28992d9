import { randomUUID } from 'node:crypto';
import {
  RESTORED_TYPE,
  RESTORES_STREAM,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '@millwright/event-store';
import { MemoryEventStore } from '@millwright/event-store/testing';
import type { LiveReadModel } from '@millwright/read-model';
import { expect, test } from 'vitest';
import { LostLogError, plantEventsOf } from './lost-log.js';
import { eventsOf, MODELS, modelApplied, Rig, S1, samplesRecorded, Told } from './plant.fixture.js';
import { ProjectionFeed } from './projection-feed.js';

/** What a log says that was restored from a backup which ends at the position. */
const restored = (after: Position | undefined) => ({
  id: randomUUID(),
  type: RESTORED_TYPE,
  data: after === undefined ? {} : { after: String(after) },
  metadata: { time: 1 },
});
const tellRestored = (store: EventStore, after: Position | undefined): Promise<unknown> =>
  store.append(RESTORES_STREAM, 'any', [restored(after)]);

const recorded = (position: Position, stream = `asset-${S1}`, event = restored(undefined)): RecordedEvent => ({
  ...event,
  stream,
  revision: 0n,
  position,
  recordedAt: 1,
});
const restoredAt = (position: Position, after: Position | undefined): RecordedEvent =>
  recorded(position, RESTORES_STREAM, restored(after));

test('what follows a restore is joined to what the backup has, and to nothing beyond it', () => {
  const [a, b] = [recorded(3n), recorded(1_001n)];
  expect(plantEventsOf([a, restoredAt(1_000n, 3n), b], 2n)).toEqual([a, b]);
  expect(plantEventsOf([restoredAt(1_000n, 3n), b], 3n)).toEqual([b]);
  expect(plantEventsOf([restoredAt(1_000n, undefined), b], undefined)).toEqual([b]);
  // One whose last events were of others.
  expect(plantEventsOf([restoredAt(1_000n, 9n), b], 3n)).toEqual([b]);
  expect(() => plantEventsOf([restoredAt(1_000n, 3n), b], 4n)).toThrow(LostLogError);
  expect(() => plantEventsOf([restoredAt(1_000n, undefined)], 1n)).toThrow(/ends at position none/);
});

test('given a log that is restored under them, the actors stop and say so; conclusions of what is lost are not drawn', async () => {
  const rig = new Rig();
  await rig.start();
  await rig.applyAll();
  await rig.write(S1, samplesRecorded({ state: 1 }));
  await rig.quiet();
  const seen = rig.host.foldedTo!;
  await tellRestored(rig.store, seen - 1n);
  await expect
    .poll(() => rig.host.health())
    .toMatchObject({ state: 'down', detail: expect.stringMatching(/restored from a backup.*restart the server/) });
  const before = await eventsOf(rig.store, `derived-${S1}`);
  await rig.write(S1, samplesRecorded({ state: 4 }));
  await rig.stop();
  expect(rig.host.foldedTo).toBe(seen);
  expect(await eventsOf(rig.store, `derived-${S1}`)).toEqual(before);
});

test('given a log that was restored before they start, or not behind what they have seen, the actors go on', async () => {
  const rig = new Rig();
  await tellRestored(rig.store, undefined);
  await rig.start();
  await rig.applyAll();
  await rig.quiet();
  await tellRestored(rig.store, rig.host.foldedTo);
  await rig.write(S1, samplesRecorded({ state: 1 }));
  await rig.quiet();
  expect(rig.host.health().state).toBe('up');
  await rig.stop();
});

test('given a log that is restored under it, the read model takes nothing more, and says so', async () => {
  const store = new MemoryEventStore();
  const rig = new Rig(store);
  const positions: Position[] = [];
  const model = {
    checkpoint: async () => positions.at(-1),
    head: async () => undefined,
    project: async (events: readonly RecordedEvent[]) => void positions.push(...events.map((event) => event.position)),
  };
  const told = new Told();
  const feed = new ProjectionFeed(store, model as unknown as LiveReadModel, told);
  const running = feed.run(new AbortController().signal);
  await rig.write(S1, modelApplied(MODELS[1]!));
  await rig.write(S1, samplesRecorded({ state: 1 }));
  await expect.poll(() => positions.length).toBe(2);
  const seen = [...positions];
  await tellRestored(store, seen[0]);
  await rig.write(S1, samplesRecorded({ state: 4 }));
  await running;
  expect(positions).toEqual(seen);
  expect(feed.health()).toMatchObject({ state: 'down', detail: expect.stringMatching(/restored from a backup/) });
  expect(told.lines.join()).toMatch(/restored from a backup/);
});
