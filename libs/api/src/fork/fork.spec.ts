import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, data, fault } from '../testing/ask.fixture.js';
import { LINE, START, station, TestPlant } from '../testing/test-plant.fixture.js';
import { toOverrides } from './fork.input.js';

let plant: TestPlant;
beforeEach(async () => void (plant = await TestPlant.start()));
afterEach(() => plant.stop());

const CREATE = `mutation ($input: CreateForkInput!) { createFork(input: $input) { id name overrides factsReplayed conclusions createdAt
  from { position } until { position } asset(id: "${station(1)}") { state { value } } } }`;

describe('a fork', () => {
  it('answers like the plant, from its own read model, at its own moment', async () => {
    const from = await plant.state(station(1), 'running');
    await plant.samples(station(1), { speed: 3 });
    const until = await plant.settled();
    const overrides = [
      { asset: station(1), signals: [{ signal: 'temperature', alarmLimits: { high: 60, low: null } }] },
    ];
    const created = await ask(plant, CREATE, {
      input: { name: 'cooler', from: { position: String(from) }, overrides },
    });
    expect(created.errors).toBeUndefined();
    const fork = created.data.createFork;
    expect(fork).toMatchObject({
      name: 'cooler',
      overrides: [{ asset: station(1), overrides: { signals: { temperature: { alarms: { high: 60, low: null } } } } }],
      from: { position: String(from) },
      until: { position: String(until) },
      createdAt: new Date(START).toISOString(),
      asset: { state: { value: 'MAINTENANCE' } },
    });
    plant.clock += 1_000;
    await plant.state(station(1), 'down');
    await plant.settled();
    const view = `moment { position } asset(id: "${station(1)}") { asOf { position } state { value } signals(names: ["speed"]) { latest { value } } }
      assets(kinds: [LINE]) { id children { id } } signal(id: "${station(1)}:speed") { name } signals(ids: ["x"]) { id } alarms { id } ledger { signal }`;
    const answer = await data(plant, `query ($id: ID!) { fork(id: $id) { ${view} } ${view} }`, { id: fork.id });
    expect(answer.fork).toMatchObject({
      moment: { position: String(until) },
      asset: {
        asOf: { position: String(until) },
        state: { value: 'MAINTENANCE' },
        signals: [{ latest: { value: 3 } }],
      },
      assets: [{ id: LINE }],
      signal: { name: 'speed' },
      signals: [null],
    });
    expect(answer.asset.state).toEqual({ value: 'DOWN' });
    const before = await data(
      plant,
      `query ($id: ID!, $at: Position) { fork(id: $id) { asset(id: "${station(1)}", asOf: { position: $at }) { state { value } } } }`,
      { id: fork.id, at: String(from) },
    );
    expect(before.fork.asset.state).toEqual({ value: 'RUNNING' });
  });

  it('is listed until it is closed', async () => {
    const input = { from: { time: new Date(plant.clock).toISOString() }, overrides: [] };
    const { data: created } = await ask(plant, CREATE, { input });
    const { id } = created.createFork;
    expect((await data(plant, '{ forks { id name } }')).forks).toEqual([{ id, name: null }]);
    const close = `mutation { closeFork(id: "${id}") }`;
    expect((await ask(plant, close)).data).toEqual({ closeFork: true });
    expect((await ask(plant, close)).data).toEqual({ closeFork: false });
    expect(await data(plant, `{ forks { id } fork(id: "${id}") { id } }`)).toEqual({ forks: [], fork: null });
  });

  it.each([
    [{ from: {}, overrides: [] }, 'INVALID', 'exactly one of'],
    [{ from: { position: '99999999' }, overrides: [] }, 'OUT_OF_RANGE', 'after the head'],
    [{ from: { position: '10' }, overrides: [{ asset: 'a' }, { asset: 'a' }] }, 'INVALID', 'asset "a" is there twice'],
    [
      { from: { position: '10' }, overrides: [{ asset: 'a', signals: [{ signal: 's' }, { signal: 's' }] }] },
      'INVALID',
      'overrides of "a": signal "s" is there twice',
    ],
  ])('from %j is refused', async (input, code, message) => {
    expect(await fault(plant, CREATE, { input })).toMatchObject({ code, message: expect.stringContaining(message) });
  });
});

describe('overrides', () => {
  it('keep what is absent, remove what is null; a priority cannot be removed', () => {
    const [only] = toOverrides([
      {
        asset: 'a',
        idealCycleTimeMs: 5,
        signals: [
          { signal: 's', normalRange: { low: null }, alarmLimits: { high: 2, priority: null } },
          { signal: 't', normalRange: null, alarmLimits: { priority: 'low' } },
        ],
      },
    ]);
    expect(only).toEqual({
      asset: 'a',
      overrides: {
        idealCycleTimeMs: 5,
        signals: { s: { normalRange: { low: null }, alarms: { high: 2 } }, t: { alarms: { priority: 'low' } } },
      },
    });
  });
});
