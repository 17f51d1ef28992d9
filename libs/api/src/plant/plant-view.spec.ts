import { BAD } from '@millwright/events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, data, fault } from '../testing/ask.fixture.js';
import { LINE, START, station, TestPlant } from '../testing/test-plant.fixture.js';

let plant: TestPlant;
beforeEach(async () => void (plant = await TestPlant.start()));
afterEach(() => plant.stop());

const iso = (ms: number): string => new Date(ms).toISOString();

describe('assets', () => {
  it('form a tree, each with what its model says', async () => {
    const { asset } = await data(
      plant,
      `query ($id: ID!) { asset(id: $id) {
        id name kind type modelSince parent { id }
        children { id name kind type idealCycleTimeMs staleAfterMs parent { name } }
      } }`,
      { id: LINE },
    );
    expect(asset).toMatchObject({ id: LINE, name: 'Bonding line', kind: 'LINE', type: 'line', parent: null });
    expect(asset.modelSince).toBe(iso(START));
    expect(asset.children).toHaveLength(5);
    expect(asset.children[2]).toEqual({
      id: station(3),
      name: 'Station 3',
      kind: 'STATION',
      type: 'station',
      idealCycleTimeMs: 12_000,
      staleAfterMs: null,
      parent: { name: 'Bonding line' },
    });
  });

  it('are listed under a path, of a kind, and at most so many', async () => {
    const { stations, two, line, none } = await data(
      plant,
      `{ stations: assets(kinds: [STATION]) { id } two: assets(under: "${LINE}", first: 2) { id }
         line: assets(under: "${station(1)}") { id } none: asset(id: "nowhere") { id } }`,
    );
    expect(stations).toHaveLength(5);
    expect(two).toEqual([{ id: LINE }, { id: station(1) }]);
    expect(line).toEqual([{ id: station(1) }]);
    expect(none).toBeNull();
  });

  it('have a state, a timeline whose open span lasts to the moment, and counts', async () => {
    const asset = station(1);
    await plant.state(asset, 'idle');
    plant.clock += 10_000;
    await plant.state(asset, 'running');
    await plant.conclude(asset, 'CycleCompleted', { result: 'good', parts: 2, goodTotal: 2, scrapTotal: 0 });
    plant.clock += 5_000;
    await plant.conclude(asset, 'CycleCompleted', { result: 'scrap', parts: 1, goodTotal: 2, scrapTotal: 1 });
    await plant.settled();
    const answer = await data(
      plant,
      `query ($id: ID!, $range: TimeRange!) { asset(id: $id) {
        state { value reason since } timeline(range: $range) { state start end durationMs }
        all: counts { good scrap total meanCycleTimeMs } early: counts(range: $range) { total }
      } }`,
      { id: asset, range: { from: iso(START), to: iso(START + 12_000) } },
    );
    expect(answer.asset.state).toEqual({ value: 'RUNNING', reason: 'device state', since: iso(START + 10_000) });
    expect(answer.asset.timeline).toEqual([
      { state: 'IDLE', start: iso(START), end: iso(START + 10_000), durationMs: 10_000 },
      { state: 'RUNNING', start: iso(START + 10_000), end: null, durationMs: 5_000 },
    ]);
    expect(answer.asset.all).toEqual({ good: 2, scrap: 1, total: 3, meanCycleTimeMs: null });
    expect(answer.asset.early).toEqual({ total: 2 });
  });
});

describe('signals', () => {
  const QUERY = `query ($id: ID!) { signal(id: $id) {
    id name dataType unit role normalRange { low high } alarmLimits { high highHigh lowLow deadband priority }
    source { connection protocol address } asset { id }
    latest { value quality statusCode sourceTime serverTime eventTime limit position }
  } }`;

  it('tell their model and their latest sample against the limits', async () => {
    const position = await plant.samples(station(1), { temperature: 85.5 });
    await plant.settled();
    const { signal } = await data(plant, QUERY, { id: `${station(1)}:temperature` });
    expect(signal).toEqual({
      id: `${station(1)}:temperature`,
      name: 'temperature',
      dataType: 'NUMBER',
      unit: 'Cel',
      role: 'MEASUREMENT',
      normalRange: { low: 10, high: 70 },
      alarmLimits: { high: 80, highHigh: 90, lowLow: null, deadband: null, priority: 'MEDIUM' },
      source: { connection: 'plc', protocol: 'modbus', address: 'holding 1 int16' },
      asset: { id: station(1) },
      latest: {
        value: 85.5,
        quality: 'GOOD',
        statusCode: '0x00000000',
        sourceTime: iso(START - 5),
        serverTime: null,
        eventTime: iso(START),
        limit: 'HIGH',
        position: String(position),
      },
    });
  });

  it('say bad quality with its code, and no limit state for it', async () => {
    await plant.samples(station(1), { temperature: 85.5 }, BAD);
    await plant.settled();
    const { signal } = await data(plant, QUERY, { id: `${station(1)}:temperature` });
    expect(signal.latest).toMatchObject({ quality: 'BAD', statusCode: '0x80000000', limit: 'UNKNOWN' });
  });

  it('are null where there is none, in the order asked for', async () => {
    const ids = [`${station(1)}:speed`, 'nonsense', `${station(1)}:nothing`, 'a/b:c'];
    const { signals, signal } = await data(
      plant,
      `query ($ids: [ID!]!) { signals(ids: $ids) { id } signal(id: "x") { id } }`,
      { ids },
    );
    expect(signals).toEqual([{ id: ids[0] }, null, null, null]);
    expect(signal).toBeNull();
  });

  it('have a history in columns, in buckets where wanted, and say when it was cut', async () => {
    for (const value of [1, 2, 3]) {
      plant.clock += 1_000;
      await plant.samples(station(1), { speed: value });
    }
    await plant.settled();
    const answer = await data(
      plant,
      `query ($id: ID!, $range: TimeRange!) { signal(id: $id) {
        raw: history(range: $range) { bucketMs time last count quality truncated }
        cut: history(range: $range, bucket: "10 s", first: 2) { bucketMs avg min max truncated }
      } }`,
      { id: `${station(1)}:speed`, range: { from: iso(START), to: iso(START + 60_000) } },
    );
    expect(answer.signal.raw).toEqual({
      bucketMs: null,
      time: [START + 995, START + 1_995, START + 2_995],
      last: [1, 2, 3],
      count: [1, 1, 1],
      quality: ['GOOD', 'GOOD', 'GOOD'],
      truncated: false,
    });
    expect(answer.signal.cut).toEqual({ bucketMs: 10_000, avg: [1, 2], min: [1, 2], max: [1, 2], truncated: true });
  });

  it.each(['10', 'ten s', '0 s', '1 week', '-1 s'])('refuse the bucket "%s"', async (bucket) => {
    const query = `query ($b: String) { signal(id: "${station(1)}:speed") {
      history(range: { from: "2026-03-01T00:00:00Z", to: "2026-03-02T00:00:00Z" }, bucket: $b) { time } } }`;
    const { code, message } = await fault(plant, query, { b: bucket });
    expect(code).toBe('INVALID');
    expect(message).toContain('such as "10 s"');
  });
});

describe('alarms and ledger', () => {
  it('are found for the plant, for an asset and for everything below it', async () => {
    await plant.alarm(station(1));
    await plant.alarm(station(2));
    await plant.settled();
    const answer = await data(
      plant,
      `{ alarms { id name level priority limit state value raisedAt occurrences acknowledgedAt acknowledgedBy note clearedAt
                  asset { id } signal { id } }
         none: alarms(states: [ACKNOWLEDGED]) { id }
         one: alarms(under: "${station(2)}") { id }
         asset(id: "${LINE}") { alarms(first: 1) { id } children { alarms(states: [UNACKNOWLEDGED]) { id } } } }`,
    );
    expect(answer.alarms[1]).toEqual({
      id: `${station(1)}#temperature/high`,
      name: 'temperature/high',
      level: 'HIGH',
      priority: 'HIGH',
      limit: 80,
      state: 'UNACKNOWLEDGED',
      value: 85,
      raisedAt: iso(START),
      occurrences: 1,
      acknowledgedAt: null,
      acknowledgedBy: null,
      note: null,
      clearedAt: null,
      asset: { id: station(1) },
      signal: { id: `${station(1)}:temperature` },
    });
    expect(answer.none).toEqual([]);
    expect(answer.one).toEqual([{ id: `${station(2)}#temperature/high` }]);
    expect(answer.asset.alarms).toEqual([{ id: `${station(2)}#temperature/high` }]);
    expect(answer.asset.children.map(({ alarms }: { alarms: object[] }) => alarms.length)).toEqual([1, 1, 0, 0, 0]);
  });

  it('the ledger names each signal', async () => {
    await plant.samples(station(1), { speed: 1 });
    await plant.settled();
    const { ledger } = await data(
      plant,
      `{ ledger(under: "${LINE}") { signal connection received stored filtered { reason count } rejected { reason count example } } }`,
    );
    expect(ledger).toEqual([
      { signal: `${station(1)}:speed`, connection: 'plc', received: 1, stored: 1, filtered: [], rejected: [] },
    ]);
  });
});

describe('moments', () => {
  it('a whole line with states, counts, alarms and twenty signals is a handful of questions, all at one moment', async () => {
    await plant.samples(station(1), { speed: 1 });
    await plant.settled();
    plant.readModel.calls.length = 0;
    const query = `{ moment { position } asset(id: "${LINE}") { state { value } counts { total } alarms { id }
      children { state { value } counts { total } alarms { id } parent { id } signals { id latest { value } } } } }`;
    const { errors } = await ask(plant, query);
    expect(errors).toBeUndefined();
    const calls = plant.readModel.calls;
    expect(calls.filter((call) => call === 'moment')).toHaveLength(1);
    expect(calls.filter((call) => call === 'assets')).toHaveLength(1);
    expect(calls.filter((call) => call === 'latest')).toHaveLength(1);
    expect(calls.length).toBeLessThanOrEqual(9);
  });

  it('every field without asOf answers at the moment pinned first, though the plant goes on in between', async () => {
    const asset = station(1);
    const idle = await plant.state(asset, 'idle');
    await plant.settled();
    const { assets } = plant.readModel;
    // The plant changes after the moment has been pinned and before the state is read.
    plant.readModel.assets = async (at) => {
      await plant.state(asset, 'running');
      await plant.settled();
      return assets.call(plant.readModel, at);
    };
    const answer = await ask(
      plant,
      `{ moment { position } asset(id: "${asset}") { asOf { position } state { value } } }`,
    );
    expect(answer.data).toEqual({
      moment: { position: String(idle) },
      asset: { asOf: { position: String(idle) }, state: { value: 'IDLE' } },
    });
  });

  it('asOf opens an earlier moment, by time or position; what is nested is of that moment too', async () => {
    const asset = station(1);
    const earlier = await plant.state(asset, 'idle');
    await plant.samples(asset, { speed: 1 });
    plant.clock += 60_000;
    await plant.state(asset, 'running');
    await plant.samples(asset, { speed: 2 });
    await plant.settled();
    const part =
      'state { value } asOf { position time } parent { children { state { value } } } signals(names: ["speed"]) { latest { value } }';
    const { now, byTime, byPosition, moment } = await data(
      plant,
      `query ($time: DateTime!, $position: Position!) {
        now: asset(id: "${asset}") { ${part} }
        byTime: asset(id: "${asset}", asOf: { time: $time }) { ${part} }
        byPosition: asset(id: "${asset}", asOf: { position: $position }) { ${part} }
        moment(asOf: { time: $time }) { time }
      }`,
      { time: iso(START + 30_000), position: String(earlier) },
    );
    expect(now).toMatchObject({ state: { value: 'RUNNING' }, signals: [{ latest: { value: 2 } }] });
    expect(byTime).toMatchObject({
      state: { value: 'IDLE' },
      signals: [{ latest: { value: 1 } }],
      asOf: { time: iso(START) },
    });
    expect(byTime.parent.children[0].state).toEqual({ value: 'IDLE' });
    expect(byPosition).toMatchObject({
      state: { value: 'IDLE' },
      signals: [{ latest: null }],
      asOf: { position: String(earlier) },
    });
    expect(moment).toEqual({ time: iso(START) });
  });

  it.each([
    ['{ time: "2026-03-01T07:00:00Z" }', 'OUT_OF_RANGE', 'before the first event'],
    ['{ position: "99999999" }', 'OUT_OF_RANGE', 'after the head'],
    ['{}', 'INVALID', 'exactly one of'],
    ['{ time: "2026-03-01T09:00:00Z", position: "0" }', 'INVALID', 'exactly one of'],
  ])('asOf %s is %s', async (asOf, code, message) => {
    const found = await fault(plant, `{ assets(asOf: ${asOf}) { id } }`);
    expect(found.code).toBe(code);
    expect(found.message).toContain(message);
  });

  it('a range that runs backwards and a `first` out of bounds are refused', async () => {
    const backwards = `{ asset(id: "${LINE}") { counts(range: { from: "2026-03-02T00:00:00Z", to: "2026-03-01T00:00:00Z" }) { total } } }`;
    expect(await fault(plant, backwards)).toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining('must not be after'),
    });
    expect(await fault(plant, '{ assets(first: 0) { id } }')).toMatchObject({
      code: 'INVALID',
      message: 'first: expected 1 to 10000, got 0',
    });
  });
});
