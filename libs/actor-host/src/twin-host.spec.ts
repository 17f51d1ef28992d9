import fc from 'fast-check';
import { stateHash } from '@millwright/actor-engine';
import { MemoryEventStore } from '@millwright/event-store/testing';
import type { AssetId } from '@millwright/events';
import { describe, expect, test } from 'vitest';
import { foldFromZero, restore } from './fold-log.js';
import {
  eventsOf,
  FaultyStore,
  LINE,
  MODELS,
  modelApplied,
  Rig,
  S1,
  S2,
  samplesRecorded,
  stationModel,
} from './plant.fixture.js';
import { PlantFold } from './plant-fold.js';
import type { EventStore } from '@millwright/event-store';

const hashes = (fold: Pick<PlantFold, 'entries'>): Record<AssetId, string> =>
  Object.fromEntries([...fold.entries()].map(([asset, { record }]) => [asset, stateHash(record)]));
const liveHashes = (rig: Rig): Record<AssetId, string> =>
  Object.fromEntries(rig.host.records().map((record) => [record.asset, stateHash(record)]));
const fromZero = async (store: EventStore, upTo?: bigint): Promise<Record<AssetId, string>> => {
  const fold = new PlantFold();
  await foldFromZero(store, fold, upTo);
  return hashes(fold);
};

describe('twin host', () => {
  test('given samples, writes what the actors conclude, and the line folds it', async () => {
    const rig = new Rig();
    await rig.start();
    await rig.applyAll();
    await rig.write(S1, samplesRecorded({ state: 1, good: 5, temperature: 20 }));
    await rig.write(S1, samplesRecorded({ good: 7, temperature: 200 }));
    await rig.quiet();
    const derived = await eventsOf(rig.store, `derived-${S1}`);
    expect(derived.map((e) => e.type)).toEqual(
      expect.arrayContaining(['OperatingStateChanged', 'CycleCompleted', 'AlarmStateChanged']),
    );
    expect((await eventsOf(rig.store, `derived-${LINE}`)).map((e) => e.type)).toContain('OperatingStateChanged');
    expect(liveHashes(rig)).toEqual(await fromZero(rig.store));
    await rig.stop();
  });

  test('given a silent asset with a timer due, writes the silence down so that a replay sees the same firing', async () => {
    const rig = new Rig();
    await rig.start();
    await rig.applyAll();
    await rig.write(S1, samplesRecorded({ state: 1 }));
    await rig.quiet();
    rig.time += 10_500;
    await expect.poll(async () => (await eventsOf(rig.store, `asset-${S1}`)).at(-1)?.type).toBe('TimeAdvanced');
    await rig.quiet();
    const last = (await eventsOf(rig.store, `derived-${S1}`)).at(-1);
    expect(last).toMatchObject({ type: 'OperatingStateChanged', data: { to: 'offline' } });
    expect(liveHashes(rig)).toEqual(await fromZero(rig.store));
    await rig.stop();
  });

  test('given a crash between a fact and its conclusion, makes up for exactly what is missing', async () => {
    const store = new FaultyStore();
    const rig = new Rig(store);
    await rig.start();
    await rig.applyAll();
    await rig.write(S1, samplesRecorded({ state: 1, good: 1 }));
    await rig.quiet();
    store.fault = (stream) => (stream.startsWith('derived-') ? 'before' : undefined);
    await rig.write(S1, samplesRecorded({ state: 4, good: 3 }));
    await rig.stop();
    store.fault = undefined;

    const before = (await eventsOf(store, `derived-${S1}`)).length;
    const restarted = new Rig(store);
    expect((await restarted.host.recover()).missing).toBeGreaterThan(0);
    const derived = await eventsOf(store, `derived-${S1}`);
    expect(derived.length).toBeGreaterThan(before);
    expect(derived.filter((e) => e.type === 'CycleCompleted').at(-1)?.data).toMatchObject({ parts: 2, goodTotal: 2 });
    const running = new Rig(store);
    await running.start();
    await running.quiet();
    await running.stop();
    const again = new Rig(store);
    expect((await again.host.recover()).missing).toBe(0);
  });

  test('given an answer that did not come, a conclusion stands in the log once', async () => {
    const store = new FaultyStore();
    const rig = new Rig(store);
    await rig.start();
    await rig.applyAll();
    let lost = 3;
    store.fault = (stream) => (stream.startsWith('derived-') && lost-- > 0 ? 'after' : undefined);
    for (let good = 1; good <= 10; good++) await rig.write(S1, samplesRecorded({ state: 1, good }));
    await rig.quiet();
    const ids = new Set();
    let count = 0;
    for await (const e of store.readStream(`derived-${S1}`)) {
      ids.add(e.id);
      count++;
    }
    expect(ids.size).toBe(count);
    expect(liveHashes(rig)).toEqual(await fromZero(store));
    await rig.stop();
  });

  test('given an event that cannot be folded, keeps the old state and the event, and after three quarantines that asset alone', async () => {
    const rig = new Rig();
    await rig.start();
    await rig.applyAll();
    await rig.write(S1, samplesRecorded({ state: 1 }));
    await rig.quiet();
    const before = liveHashes(rig);
    const broken = { type: 'SamplesRecorded', data: { signals: null } } as unknown as Parameters<typeof rig.write>[1];
    for (let i = 0; i < 3; i++) await rig.write(S1, broken);
    await rig.quiet();
    expect(liveHashes(rig)).toEqual(before);
    const letters = async (): Promise<object[]> => (await eventsOf(rig.store, `dead-letter-${S1}`)).map((e) => e.data);
    await expect.poll(async () => (await letters()).length).toBe(3);
    expect((await letters()).map((l) => (l as { quarantined: boolean }).quarantined)).toEqual([false, false, true]);
    expect(rig.host.health()).toMatchObject({ state: 'degraded', detail: expect.stringContaining(S1) });
    await rig.write(S2, samplesRecorded({ state: 1 }));
    await rig.quiet();
    expect(liveHashes(rig)[S2]).not.toBe(before[S2]);
    await rig.stop();
  });

  test('given a second writer of its conclusions, stops and says so', async () => {
    const rig = new Rig();
    await rig.start();
    await rig.applyAll();
    await rig.write(S1, samplesRecorded({ state: 1 }));
    await rig.quiet();
    const foreign = {
      id: '00000000-0000-4000-8000-000000000001',
      type: 'OperatingStateChanged',
      data: {},
      metadata: { time: 0 },
    };
    await rig.store.append(`derived-${S1}`, 'any', [foreign]);
    await rig.write(S1, samplesRecorded({ state: 4 }));
    await expect.poll(() => rig.host.health().state).toBe('down');
    expect(rig.host.health().detail).toMatch(/could not be written.*restart/);
    await rig.stop();
  });
});

type Act = readonly [AssetId, Readonly<Record<string, number>>, number] | 'restart';
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.tuple(
      fc.constantFrom(S1, S2),
      fc.record({ state: fc.constantFrom(0, 1, 4), good: fc.nat(50), temperature: fc.constantFrom(20, 179.5, 185) }),
      fc.constantFrom(1, 400, 12_000),
    ),
  },
  { weight: 1, arbitrary: fc.constant('restart' as const) },
);

describe('restore', () => {
  test('with snapshots equals the fold from the first event, at every position', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
        const store = new MemoryEventStore();
        let rig = new Rig(store, { cutEveryEvents: 7 });
        await rig.start();
        await rig.applyAll();
        const positions: bigint[] = [];
        for (const one of acts) {
          if (one === 'restart') {
            await rig.stop();
            const { time } = rig;
            rig = new Rig(store, { cutEveryEvents: 7 });
            rig.time = time;
            await rig.start();
          } else {
            const [asset, values, ms] = one;
            rig.time += ms;
            await rig.write(asset, samplesRecorded(values));
          }
          positions.push((await store.head())!);
        }
        await rig.quiet();
        expect(liveHashes(rig)).toEqual(await fromZero(store));
        for (const position of positions) {
          const { fold } = await restore(store, rig.snapshots, position);
          expect(hashes(fold)).toEqual(await fromZero(store, position));
        }
        await rig.stop();
      }),
      { numRuns: 40 },
    );
  });

  test('passes over a snapshot of another machine definition and says so', async () => {
    const rig = new Rig();
    await rig.start();
    await rig.applyAll();
    await rig.write(S1, samplesRecorded({ state: 1 }));
    await rig.quiet();
    await rig.stop();
    await rig.host.close();
    const store = new MemoryEventStore();
    for await (const { stream, id, type, data, metadata } of rig.store.readAll()) {
      const record = (data as { record?: object }).record;
      const changed = record ? { ...data, record: { ...record, definitionHash: 'of-yesterday' } } : data;
      await store.append(stream, 'any', [{ id, type, data: changed, metadata }]);
    }
    const restarted = new Rig(store);
    await restarted.host.recover();
    expect(restarted.told.lines.join()).toMatch(/passed over.*does not fit/);
    expect(liveHashes(restarted)).toEqual(await fromZero(store));
  });
});

describe('models', () => {
  test('a change of limits is a fact, and state before it is read with the limits of its day', async () => {
    const rig = new Rig();
    await rig.start();
    await rig.applyAll();
    await rig.write(S1, samplesRecorded({ state: 1, temperature: 150 }));
    const before = (await rig.store.head())!;
    await rig.write(S1, modelApplied(stationModel(S1, 100)));
    await rig.quiet();
    const { fold } = await restore(rig.store, rig.snapshots, before);
    expect(fold.record(S1)?.model).toEqual(MODELS[1]);
    expect(rig.host.record(S1)?.model).toEqual(stationModel(S1, 100));
    await rig.stop();
  });
});
