import { alarmState } from '@millwright/actor-engine';
import { beforeEach, describe, expect, test } from 'vitest';
import { Commands } from './commands.js';
import { eventsOf, Rig, S1, samplesRecorded } from './plant.fixture.js';

let rig: Rig;
let commands: Commands;
const alarm = 'temperature/high';
const acknowledge = { asset: S1, alarm, by: 'Ada' };

beforeEach(async () => {
  rig = new Rig();
  commands = new Commands(rig.host, rig.writer);
  await rig.start();
  await rig.applyAll();
  await rig.write(S1, samplesRecorded({ temperature: 200 }));
  await rig.quiet();
  return () => rig.stop();
});

describe('acknowledging an alarm', () => {
  test('is a fact, and the actor concludes from it', async () => {
    await commands.acknowledgeAlarm({ ...acknowledge, note: 'on my way' });
    await rig.quiet();
    expect((await eventsOf(rig.store, `asset-${S1}`)).at(-1)).toEqual({
      type: 'AlarmAcknowledged',
      data: { alarm, by: 'Ada', note: 'on my way' },
    });
    expect(alarmState(rig.host.record(S1)!, alarm)).toBe('acknowledged');
  });

  test.each([
    [{ ...acknowledge, by: ' ' }, 'invalid', /`by` is empty/],
    [{ ...acknowledge, asset: 'acme/none' }, 'not-found', /no asset "acme\/none"/],
    [{ ...acknowledge, alarm: 'temperature/low' }, 'not-found', /temperature\/low/],
  ])('%j is refused as %s and nothing is written', async (command, code, words) => {
    const before = await rig.store.head();
    await expect(commands.acknowledgeAlarm(command)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(words),
    });
    expect(await rig.store.head()).toBe(before);
  });

  test('twice is a conflict', async () => {
    await commands.acknowledgeAlarm(acknowledge);
    await rig.quiet();
    await expect(commands.acknowledgeAlarm(acknowledge)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('acknowledged'),
    });
  });
});
