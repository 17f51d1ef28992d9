import { GOOD, UNCERTAIN, type SamplesRecorded } from '@millwright/events';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RawClient } from '../testing/raw-client.fixture.js';
import { LINE, START, station, TestPlant } from '../testing/test-plant.fixture.js';
import { GroupRegistry } from './group-registry.js';

let plant: TestPlant;
let client: RawClient;
beforeAll(async () => {
  plant = await TestPlant.start();
  client = await RawClient.connect(plant);
});
afterAll(async () => {
  client.cut();
  await plant.stop();
});

const iso = (ms: number): string => new Date(ms).toISOString();
let last = 0;
/** Subscribes, and resolves with the id once it is live. */
const live = async (query: string, variables: object = {}): Promise<string> => {
  const id = `op-${++last}`;
  client.subscribe(id, query, variables);
  await client.until(() => client.items(id).length > 0);
  return id;
};

describe('what the subscriptions say', () => {
  it('samples: the columns of each batch', async () => {
    const document = `subscription ($under: ID!) { samples(under: $under) { __typename ... on SampleBatch {
      asset signals values sourceTimes qualities eventTime position } ... on CaughtUp { position } } }`;
    const before = await plant.settled();
    const id = await live(document, { under: station(1) });
    await plant.samples(station(2), { speed: 9 });
    await plant.fact(station(1), 'SamplesRecorded', {
      signals: ['speed', 'torque'],
      signal: [0, 1, 0],
      value: [1.5, 'high', true],
      sourceTime: [-10, 0, 3],
      status: [GOOD, UNCERTAIN, GOOD],
      gateway: 'g',
      connection: 'plc',
      sequence: 1,
    });
    const position = await plant.samples(station(1), { speed: 2 });
    await client.until(() => client.items(id).length === 3);
    expect(client.items(id)).toEqual([
      { samples: { __typename: 'CaughtUp', position: String(before) } },
      {
        samples: {
          __typename: 'SampleBatch',
          asset: station(1),
          signals: ['speed', 'torque', 'speed'],
          values: [1.5, 'high', true],
          sourceTimes: [START - 10, START, START + 3],
          qualities: ['GOOD', 'UNCERTAIN', 'GOOD'],
          eventTime: iso(START),
          position: expect.any(String),
        },
      },
      { samples: expect.objectContaining({ values: [2], qualities: ['GOOD'], position: String(position) }) },
    ]);
  });

  it('samples of chosen signals only, and nothing for a batch without samples', async () => {
    const signals = [`${station(3)}:speed`, `${station(4)}:torque`];
    const id = await live(
      'subscription ($s: [ID!]) { samples(signals: $s) { ... on SampleBatch { asset signals values } } }',
      { s: signals },
    );
    await plant.samples(station(3), { torque: 1 });
    await plant.samples(station(3), { torque: 1, speed: 2, temperature: 3 });
    await plant.fact(station(3), 'SamplesRecorded', {
      signals: [],
      signal: [],
      value: [],
      sourceTime: [],
      gateway: 'g',
      connection: 'plc',
      sequence: 1,
      rejected: [{ signal: 'speed', reason: 'not-a-number', count: 1 }],
    });
    await plant.samples(station(4), { torque: 4 });
    await client.until(() => client.items(id).length === 3);
    expect(client.items(id).slice(1)).toEqual([
      { samples: { asset: station(3), signals: ['speed'], values: [2] } },
      { samples: { asset: station(4), signals: ['torque'], values: [4] } },
    ]);
  });

  it('state and alarm changes', async () => {
    const states = await live(
      `subscription { states(under: "${LINE}") { ... on StateChange { asset previous state reason time position } } }`,
    );
    const alarms = await live(`subscription { alarms { ... on AlarmChange {
      asset alarm signal level priority limit previous state value by note time position } } }`);
    const changed = await plant.state(station(5), 'starved');
    const raised = await plant.alarm(station(5));
    await client.until(() => client.items(states).length === 2 && client.items(alarms).length === 2);
    expect(client.items(states)[1].states).toEqual({
      asset: station(5),
      previous: 'OFFLINE',
      state: 'STARVED',
      reason: 'device state',
      time: iso(START),
      position: String(changed),
    });
    expect(client.items(alarms)[1].alarms).toEqual({
      asset: station(5),
      alarm: 'temperature/high',
      signal: 'temperature',
      level: 'HIGH',
      priority: 'HIGH',
      limit: 80,
      previous: 'NORMAL',
      state: 'UNACKNOWLEDGED',
      value: 85,
      by: null,
      note: null,
      time: iso(START),
      position: String(raised),
    });
  });

  it('the log itself, by path and type; a sibling whose name begins alike is not below', async () => {
    const id = await live(
      `subscription { events(under: "${station(1)}", types: ["OperatingStateChanged"]) { ... on EventBatch {
        position events { id position revision stream type asset time recordedAt causationId data } } } }`,
    );
    await plant.state(`${LINE}/s10`, 'down');
    await plant.samples(station(1), { speed: 1 });
    const position = await plant.state(station(1), 'setup');
    await client.until(() => client.items(id).length === 2);
    const { events } = client.items(id)[1].events;
    expect(events).toEqual([
      expect.objectContaining({
        position: String(position),
        stream: `derived-${station(1)}`,
        type: 'OperatingStateChanged',
        asset: station(1),
        causationId: null,
        data: { from: 'offline', to: 'setup', reason: 'device state' },
      }),
    ]);
  });
});

describe('identical subscriptions', () => {
  const DOCUMENT =
    'subscription ($under: ID, $after: Position) { samples(under: $under, after: $after) { __typename ... on SampleBatch { values } } }';

  it('are one group: an event is executed and encoded once for all of them, whatever their ids and tokens', async () => {
    const groups = plant.app.get(GroupRegistry);
    const before = groups.size;
    const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.connect(plant)));
    const head = String(await plant.settled());
    clients.forEach((one, i) =>
      one.subscribe(i < 10 ? 'a' : `another-${i}`, DOCUMENT, { under: LINE, ...(i % 2 && { after: head }) }),
    );
    const items = (one: RawClient, i: number) => one.items(i < 10 ? 'a' : `another-${i}`);
    await Promise.all(clients.map((one, i) => one.until(() => items(one, i).length === 1)));
    expect(groups.size).toBe(before + 1);
    const encoded = groups.encoded;
    for (let value = 0; value < 50; value++) await plant.samples(station(1), { speed: value });
    await Promise.all(clients.map((one, i) => one.until(() => items(one, i).length === 51)));
    // Other groups of this file do not want samples of this asset but one, which encodes once as well.
    const others = 1;
    expect(groups.encoded - encoded).toBeLessThanOrEqual(50 * (1 + others));
    const values = clients.map((one, i) =>
      items(one, i)
        .slice(1)
        .map(({ samples }) => samples.values[0]),
    );
    for (const seen of values) expect(seen).toEqual(Array.from({ length: 50 }, (_, value) => value));
    for (const one of clients) one.cut();
    await expect.poll(() => groups.size).toBe(before);
  });

  it('are one group when their tokens stand in the document', async () => {
    const groups = plant.app.get(GroupRegistry);
    const before = groups.size;
    const one = await RawClient.connect(plant);
    const tokens = ['20', '30', String(await plant.settled())];
    for (const token of tokens)
      one.subscribe(token, `subscription { states(after: "${token}") { __typename ... on StateChange { reason } } }`);
    const isLive = (token: string): boolean => one.items(token).some(({ states }) => states.__typename === 'CaughtUp');
    await one.until(() => tokens.every(isLive));
    expect(groups.size).toBe(before + 1);
    one.cut();
    await expect.poll(() => groups.size).toBe(before);
  });

  it('the group goes when its last subscriber has gone', async () => {
    const groups = plant.app.get(GroupRegistry);
    const before = groups.size;
    const one = await RawClient.connect(plant);
    one.subscribe('1', 'subscription { alarms { __typename ... on AlarmChange { note } } }');
    await one.until(() => one.items('1').length === 1);
    expect(groups.size).toBe(before + 1);
    one.send({ id: '1', type: 'complete' });
    await expect.poll(() => groups.size).toBe(before);
    one.cut();
  });
});

describe('an event that cannot be told', () => {
  it('ends the subscriptions that want it with an error, never skips it; the others go on', async () => {
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const own = await TestPlant.start();
    const one = await RawClient.connect(own);
    one.subscribe('samples', 'subscription { samples { __typename ... on SampleBatch { values } } }');
    one.subscribe('states', 'subscription { states { __typename } }');
    await one.until(() => one.items('samples').length === 1 && one.items('states').length === 1);
    const before = await own.samples(station(1), { speed: 1 });
    await one.until(() => one.items('samples').length === 2);
    await own.fact(station(1), 'SamplesRecorded', {} as SamplesRecorded);
    await own.samples(station(1), { speed: 2 });
    await own.state(station(1), 'down');
    await one.until(() => one.of('samples', 'error').length === 1 && one.items('states').length === 2);
    expect(one.of('samples', 'error')[0]!.payload[0].extensions.code).toBe('INTERNAL');
    expect(
      one
        .items('samples')
        .slice(1)
        .map(({ samples }) => samples.values),
    ).toEqual([[1]]);
    // Whoever resumes before it meets it again.
    one.subscribe('again', 'subscription ($after: Position) { samples(after: $after) { __typename } }', {
      after: String(before),
    });
    await one.until(() => one.of('again', 'error').length === 1);
    expect(one.items('again')).toEqual([]);
    one.cut();
    await own.stop();
    logged.mockRestore();
  });
});
