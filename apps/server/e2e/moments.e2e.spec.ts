import {
  ask,
  BONDING_LINE,
  bondingPlant,
  bondingPorts,
  eventually,
  query,
  startDevices,
  startServer,
  Subscription,
  tempDir,
} from '@millwright/e2e';
import { beforeAll, describe, expect, test } from 'vitest';

let origin: string;
/** A position at which parts were flowing already. */
let begin: string;

/** Everything that can be asked of the plant at one moment. */
const EVERYTHING = `
  moment(asOf: $asOf) { position time }
  assets(under: "${BONDING_LINE}", first: 6, asOf: $asOf) {
    id name kind type modelSince idealCycleTimeMs
    state { value reason since position }
    counts { good scrap total meanCycleTimeMs }
    timeline(range: $range, first: 1000) { state reason start end durationMs position }
    alarms { id state priority limit value raisedAt acknowledgedAt acknowledgedBy clearedAt occurrences position }
    signals { id unit normalRange { low high } alarmLimits { low high priority }
      latest { value quality sourceTime serverTime eventTime limit position }
      history(range: $range, bucket: "10 s") { time avg min max last count quality } }
  }
  ledger(under: "${BONDING_LINE}", asOf: $asOf) { signal received stored filtered { reason count } rejected { reason count } }`;

interface Answer {
  readonly moment: { readonly position: string; readonly time: string };
  readonly assets: readonly {
    readonly id: string;
    readonly alarms: readonly { readonly id: string; readonly state: string }[];
  }[];
}

const everything = (variables: object): Promise<Answer> =>
  query<Answer>(origin, `query($asOf: AsOf, $range: TimeRange!) { ${EVERYTHING} }`, variables);

const headTime = async (): Promise<number> =>
  Date.parse((await query<{ moment: { time: string } }>(origin, '{ moment { time } }')).moment.time);

interface StreamItem {
  readonly events: {
    readonly __typename: 'EventBatch' | 'CaughtUp' | 'Gap';
    readonly position: string | null;
    readonly events?: readonly { readonly id: string; readonly position: string }[];
  };
}

const EVENTS = `subscription($after: Position) { events(under: "${BONDING_LINE}", after: $after) {
  __typename ... on EventBatch { position events { id position } } ... on CaughtUp { position } } }`;

const eventsOf = (items: readonly StreamItem[]): { id: string; position: string }[] =>
  items.flatMap((i) => i.events.events ?? []);

beforeAll(async () => {
  const ports = await bondingPorts();
  await startDevices({ speed: 30, env: ports });
  const server = await startServer({ plant: bondingPlant, data: tempDir(), env: ports });
  origin = server.origin;
  await eventually(
    () =>
      query<{ asset: { counts: { total: number } } }>(
        origin,
        `{ asset(id: "${BONDING_LINE}/s5") { counts { total } } }`,
      ),
    ({ asset }) => asset.counts.total > 3,
  );
  begin = (await query<Answer>(origin, '{ moment { position time } }')).moment.position;
});

describe('as of', () => {
  test('one minute ago equals what was live one minute ago, by time and by position', async () => {
    const now = await headTime();
    const range = { from: new Date(now - 600_000).toISOString(), to: new Date(now + 600_000).toISOString() };
    const live: Answer[] = [];
    for (let i = 0; i < 5; i++) live.push(await everything({ range }));
    await eventually(headTime, (time) => time >= Date.parse(live.at(-1)!.moment.time) + 60_000, 120_000);
    for (const then of live) {
      expect(await everything({ range, asOf: { position: then.moment.position } })).toEqual(then);
    }
    const last = live.at(-1)!;
    const byTime = await everything({ range, asOf: { time: last.moment.time } });
    expect(BigInt(byTime.moment.position)).toBeGreaterThanOrEqual(BigInt(last.moment.position));
    expect(byTime).toEqual(await everything({ range, asOf: { position: byTime.moment.position } }));
  });

  test('a moment that has not been or never was is refused with a sentence', async () => {
    const { errors } = await ask(origin, '{ assets(asOf: { time: "2001-01-01T00:00:00.000Z" }) { id } }');
    expect(errors?.[0]?.extensions?.code).toBe('OUT_OF_RANGE');
    const both = await ask(origin, '{ assets(asOf: { time: "2001-01-01T00:00:00.000Z", position: "1" }) { id } }');
    expect(both.errors?.[0]?.extensions?.code).toBe('INVALID');
  });
});

describe('resume', () => {
  test('a subscriber that is cut off again and again gets every event exactly once', async () => {
    const start = (await query<{ moment: { position: string } }>(origin, '{ moment { position } }')).moment.position;
    const whole = new Subscription<StreamItem>(origin, EVENTS, { after: start });
    const got: { id: string; position: string }[] = [];
    let token = start;
    for (let cut = 0; cut < 8; cut++) {
      const part = new Subscription<StreamItem>(origin, EVENTS, { after: token });
      const wanted = 1 + Math.floor(Math.random() * 60);
      await part.until((items) => eventsOf(items).length >= wanted);
      part.cut();
      got.push(...eventsOf(part.items));
      token = part.items.at(-1)!.events.position!;
    }
    await whole.until((items) => eventsOf(items).some(({ position }) => BigInt(position) >= BigInt(token)));
    const expected = eventsOf(whole.items).filter(({ position }) => BigInt(position) <= BigInt(token));
    expect(got).toEqual(expected);
    expect(new Set(got.map(({ id }) => id)).size).toBe(got.length);
    await whole.end();

    const { events } = await query<{ events: { events: { id: string }[] } }>(
      origin,
      `query($after: Position) { events(under: "${BONDING_LINE}", after: $after, first: ${got.length}) { events { id } } }`,
      { after: start },
    );
    expect(events.events.map(({ id }) => id)).toEqual(got.map(({ id }) => id));
  });
});

describe('alarms', () => {
  test('an acknowledgement is a fact in the log, and only an alarm that waits for one takes it', async () => {
    const open = await eventually(
      () =>
        query<{ alarms: { name: string; asset: { id: string } }[] }>(
          origin,
          `{ alarms(under: "${BONDING_LINE}", states: [UNACKNOWLEDGED, RETURNED_UNACKNOWLEDGED]) { name asset { id } } }`,
        ),
      ({ alarms }) => alarms.length > 0,
      150_000,
    );
    const { name, asset } = open.alarms[0]!;
    const acknowledge = `mutation($input: AcknowledgeAlarmInput!) { acknowledgeAlarm(input: $input) { position alarm { state acknowledgedBy note } } }`;
    const input = { asset: asset.id, alarm: name, by: 'Ada', note: 'seen' };
    const { acknowledgeAlarm } = await query<{
      acknowledgeAlarm: { position: string; alarm: { state: string; acknowledgedBy: string; note: string } };
    }>(origin, acknowledge, { input });
    expect(acknowledgeAlarm.alarm).toMatchObject({ acknowledgedBy: 'Ada', note: 'seen' });
    expect(['ACKNOWLEDGED', 'NORMAL']).toContain(acknowledgeAlarm.alarm.state);
    const { events } = await query<{ events: { events: { type: string; data: object }[] } }>(
      origin,
      `{ events(under: "${asset.id}", types: ["AlarmAcknowledged"]) { events { type data } } }`,
    );
    expect(events.events.at(-1)).toEqual({ type: 'AlarmAcknowledged', data: { alarm: name, by: 'Ada', note: 'seen' } });
    const unknown = await ask(origin, acknowledge, { input: { ...input, alarm: 'no-such/high' } });
    expect(unknown.errors?.[0]?.extensions?.code).toBe('NOT_FOUND');
  });
});

describe('fork', () => {
  const forkQuery = `query($id: ID!, $asOf: AsOf, $range: TimeRange!) { fork(id: $id) { factsReplayed conclusions ${EVERYTHING} } }`;
  const create = `mutation($input: CreateForkInput!) { createFork(input: $input) { id from { position time } until { position time } factsReplayed conclusions } }`;
  interface Concluded {
    readonly id: string;
    readonly counts: object;
    readonly timeline: readonly { readonly state: string; readonly start: string; readonly end: string | null }[];
  }
  interface Created {
    readonly createFork: {
      readonly id: string;
      readonly until: { readonly position: string; readonly time: string };
      readonly factsReplayed: number;
    };
  }

  test('with other limits raises other alarms over the same facts, and leaves the live log untouched', async () => {
    const now = await headTime();
    const range = { from: new Date(now - 600_000).toISOString(), to: new Date(now + 600_000).toISOString() };
    const oven = `${BONDING_LINE}/s4`;
    const overrides = [
      {
        asset: oven,
        signals: [{ signal: 'zone-1-temperature', alarmLimits: { lowLow: null, low: null, high: 1, highHigh: null } }],
      },
    ];
    const { createFork } = await query<Created>(origin, create, { input: { from: { position: begin }, overrides } });
    expect(createFork.factsReplayed).toBeGreaterThan(0);
    const { fork } = await query<{ fork: Answer }>(origin, forkQuery, { id: createFork.id, range });
    const live = await everything({ range, asOf: { position: createFork.until.position } });
    const alarm = (answer: Answer): string | undefined =>
      answer.assets.find((a) => a.id === oven)!.alarms.find((a) => a.id === `${oven}#zone-1-temperature/high`)?.state;
    expect(alarm(fork)).toBe('UNACKNOWLEDGED');
    expect(alarm(live)).not.toBe('UNACKNOWLEDGED');
    const { events } = await query<{ events: { events: { data: { model?: object } }[] } }>(
      origin,
      `{ events(under: "${oven}", types: ["ModelApplied"]) { events { data } } }`,
    );
    expect(events.events.length, 'the fork wrote no model to the log').toBe(1);
    expect(await query(origin, 'mutation($id: ID!) { closeFork(id: $id) }', { id: createFork.id })).toEqual({
      closeFork: true,
    });
  });

  test('without overrides concludes for every station what the plant concluded', async () => {
    const { createFork } = await query<Created>(origin, create, {
      input: { from: { position: begin }, overrides: [] },
    });
    // The conclusions of the last facts reach the live log a little after the fork's end: what is compared ends before.
    const until = Date.parse(createFork.until.time) - 2_000;
    const range = { from: new Date(until - 600_000).toISOString(), to: new Date(until).toISOString() };
    const question = `id counts(range: $range) { good scrap meanCycleTimeMs } timeline(range: $range, first: 1000) { state reason start end }`;
    const under = `under: "${BONDING_LINE}", kinds: [STATION], first: 5`;
    const { fork, assets } = await query<{ fork: { assets: Concluded[] }; assets: Concluded[] }>(
      origin,
      `query($id: ID!, $range: TimeRange!, $asOf: AsOf) {
        fork(id: $id) { assets(${under}) { ${question} } }
        assets(${under}, asOf: $asOf) { ${question} } }`,
      { id: createFork.id, range, asOf: { position: createFork.until.position } },
    );
    const upTo = (all: readonly Concluded[]): Concluded[] =>
      all.map((one) => ({
        ...one,
        timeline: one.timeline.map((s) => ({ ...s, end: s.end !== null && Date.parse(s.end) < until ? s.end : null })),
      }));
    expect(upTo(fork.assets)).toEqual(upTo(assets));
    expect(fork.assets.flatMap((a) => a.timeline).length).toBeGreaterThan(20);
    await query(origin, 'mutation($id: ID!) { closeFork(id: $id) }', { id: createFork.id });
  });
});
