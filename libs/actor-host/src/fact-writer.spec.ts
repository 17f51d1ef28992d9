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
});
