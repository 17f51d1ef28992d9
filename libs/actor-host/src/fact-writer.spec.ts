import { randomUUID } from 'node:crypto';
import { WrongExpectedRevisionError, type AppendResult, type EventStore, type NewEvent } from '@millwright/event-store';
import { MemoryEventStore } from '@millwright/event-store/testing';
import { describe, expect, test } from 'vitest';
import { MODELS, modelApplied, Rig, S1, samplesRecorded } from './plant.fixture.js';

const timesOf = async (rig: Rig): Promise<number[]> => {
  const times = [];
  for await (const e of rig.store.readStream(`asset-${S1}`)) times.push(e.metadata.time);
  return times;
};

describe('fact writer', () => {
  test('never lets the time of a stream go back, also after a restart on a slow clock', async () => {
    const rig = new Rig();
    await rig.write(S1, modelApplied(MODELS[1]!));
    rig.time -= 5_000;
    await rig.write(S1, samplesRecorded({ state: 1 }));
    const restarted = new Rig(rig.store);
    restarted.time = 10;
    await restarted.write(S1, samplesRecorded({ state: 0 }));
    expect(await timesOf(rig)).toEqual([1_000_000, 1_000_000, 1_000_000]);
  });

  test('keeps the order of calls, and answers with the time and place of each fact', async () => {
    const rig = new Rig();
    const written = [];
    for (let i = 0; i < 50; i++) {
      rig.time++;
      written.push(rig.writer.write(S1, samplesRecorded({ state: i })));
    }
    const recorded = await Promise.all(written);
    expect(recorded.map((r) => r.time)).toEqual(await timesOf(rig));
    const ids = [];
    for await (const e of rig.store.readStream(`asset-${S1}`)) ids.push(e.id);
    expect(recorded.map((r) => r.id)).toEqual(ids);
  });

  test('shares a stream with another process: nothing lost, each in its order, and the time never goes back', async () => {
    const gateway = new Rig();
    const server = new Rig(gateway.store);
    server.time += 3_000;
    const writes: Promise<string>[] = [];
    for (let n = 0; n < 40; n++) {
      const rig = n % 3 === 0 ? server : gateway;
      rig.time++;
      writes.push(rig.writer.write(S1, samplesRecorded({ state: n })).then(({ id }) => id));
      if (n % 7 === 0) await Promise.all(writes);
    }
    const ids = await Promise.all(writes);
    const logged: string[] = [];
    for await (const { id } of gateway.store.readStream(`asset-${S1}`)) logged.push(id);
    expect(logged.toSorted()).toEqual(ids.toSorted());
    for (const mine of [(n: number) => n % 3 === 0, (n: number) => n % 3 !== 0]) {
      const ofOne = ids.filter((_, n) => mine(n));
      expect(logged.filter((id) => ofOne.includes(id))).toEqual(ofOne);
    }
    const times = await timesOf(gateway);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test('gets its fact in beside a process that is always first', async () => {
    const store = new Crowded();
    const rig = new Rig(store);
    await rig.write(S1, samplesRecorded({ state: 1 }));
    store.crowded = true;
    await rig.write(S1, samplesRecorded({ state: 2 }));
    expect(store.conflicts).toBeGreaterThanOrEqual(3);
    const gateways: unknown[] = [];
    for await (const { data } of store.readStream(`asset-${S1}`)) gateways.push((data as { gateway: string }).gateway);
    expect(gateways.filter((gateway) => gateway === 'test')).toHaveLength(2);
  });
});

/** A log to which another process appends just before each append of ours. */
class Crowded extends MemoryEventStore {
  crowded = false;
  conflicts = 0;

  override async append(
    stream: string,
    expected: Parameters<EventStore['append']>[1],
    events: readonly NewEvent[],
  ): Promise<AppendResult> {
    if (this.crowded) {
      const data = { ...events[0]!.data, gateway: 'other' };
      await super.append(stream, 'any', [{ ...events[0]!, id: randomUUID(), data }]);
    }
    try {
      return await super.append(stream, expected, events);
    } catch (error) {
      if (error instanceof WrongExpectedRevisionError) this.conflicts++;
      throw error;
    }
  }
}
