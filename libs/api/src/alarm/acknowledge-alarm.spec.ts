import { afterEach, beforeEach, expect, it } from 'vitest';
import { ask } from '../testing/ask.fixture.js';
import { station, START, TestPlant } from '../testing/test-plant.fixture.js';

const MUTATION = `mutation ($input: AcknowledgeAlarmInput!) { acknowledgeAlarm(input: $input) {
  position alarm { id state acknowledgedBy acknowledgedAt note signal { name } asset { asOf { position } } } } }`;
const INPUT = { asset: station(1), alarm: 'temperature/high', by: 'Ada', note: 'opened the door' };

let plant: TestPlant;
beforeEach(async () => {
  plant = await TestPlant.start({ limits: { commandMs: 10_000 } });
  await plant.alarm(station(1));
  await plant.settled();
});
afterEach(() => plant.stop());

it('answers with the alarm as acknowledged, at a position at which every query shows it', async () => {
  const { data, errors } = await ask(plant, MUTATION, { input: INPUT });
  expect(errors).toBeUndefined();
  const { alarm, position } = data.acknowledgeAlarm;
  expect(alarm).toEqual({
    id: `${station(1)}#temperature/high`,
    state: 'ACKNOWLEDGED',
    acknowledgedBy: 'Ada',
    acknowledgedAt: new Date(START).toISOString(),
    note: 'opened the door',
    signal: { name: 'temperature' },
    asset: { asOf: { position } },
  });
  const query = `{ alarms(states: [ACKNOWLEDGED], asOf: { position: "${position}" }) { name } }`;
  expect((await ask(plant, query)).data.alarms).toEqual([{ name: 'temperature/high' }]);
});

it('writes one fact, and a second acknowledgement is a conflict', async () => {
  await ask(plant, MUTATION, { input: INPUT });
  const again = await ask(plant, MUTATION, { input: INPUT });
  expect(again.errors![0]).toMatchObject({
    message: 'alarm "temperature/high" is acknowledged',
    extensions: { code: 'CONFLICT' },
  });
  const { data } = await ask(plant, '{ events(types: ["AlarmAcknowledged"]) { events { data } } }');
  expect(data.events.events).toEqual([{ data: { alarm: 'temperature/high', by: 'Ada', note: 'opened the door' } }]);
});

it('says that the fact stands when no conclusion follows in time', async () => {
  const hurried = await TestPlant.start({ limits: { commandMs: 50 } });
  try {
    hurried.concludes = false;
    await hurried.alarm(station(1));
    await hurried.settled();
    const { errors } = await ask(hurried, MUTATION, { input: INPUT });
    expect(errors![0]!.extensions).toEqual({ code: 'UNAVAILABLE' });
    expect(errors![0]!.message).toMatch(
      /is recorded at position \d+ but does not show yet: its actor has not concluded .*look at `health`/,
    );
  } finally {
    await hurried.stop();
  }
});
