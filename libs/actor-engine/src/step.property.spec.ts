import {
  BAD,
  encodeSamples,
  GOOD,
  outboxId,
  UNCERTAIN,
  type AssetModel,
  type Fact,
  type OperatingStateChanged,
  type PlantEvent,
  type Sample,
  type SamplesRecorded,
} from '@millwright/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  acknowledged,
  applied,
  ASSET,
  GOOD_COUNT,
  lost,
  model,
  RESULT,
  restored,
  RETIRED,
  SCRAP_COUNT,
  signal,
  STATE,
  T0,
  TEMPERATURE,
  TIME_ADVANCED,
} from './engine.fixture.js';
import { decodeRecord, encodeRecord, nextDeadline, stateHash, step, type ActorRecord, type Emitted } from './index.js';

const ZONES = ['zone-1', 'zone-2'].map((name) => signal(name, { unit: 'Cel', normalRange: { low: 40, high: 60 } }));
const SIGNALS = [STATE, GOOD_COUNT, SCRAP_COUNT, RESULT, TEMPERATURE, ...ZONES];
const STATION = model({ signals: SIGNALS });

/** Models that an asset may be given on its way: other limits, other types, fewer signals, no watch for silence. */
const MODELS: readonly AssetModel[] = [
  STATION,
  model({ type: 'oven', signals: SIGNALS, staleAfterMs: 2_000 }),
  model({ signals: [STATE, { ...TEMPERATURE, alarms: { low: 30, high: 60 } }], staleAfterMs: 500 }),
  model({ type: 'oven', signals: [...SIGNALS.slice(1), { ...STATE, states: { 1: 'down' } }] }),
];

const sample: fc.Arbitrary<Omit<Sample, 'sourceTime'> & { ago: number }> = fc.record({
  signal: fc.constantFrom(...SIGNALS.map(({ name }) => name), 'humidity'),
  value: fc.oneof(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 100 }), fc.boolean()),
  status: fc.oneof({ weight: 6, arbitrary: fc.constant(GOOD) }, fc.constantFrom(BAD, UNCERTAIN)),
  ago: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: -500, max: 70_000 })),
});

const samplesRecorded = (time: number, samples: readonly (Omit<Sample, 'sourceTime'> & { ago: number })[]): Fact => ({
  type: 'SamplesRecorded',
  data: {
    gateway: 'gw',
    connection: 'line/plc',
    sequence: 0,
    ...encodeSamples(
      samples.map(({ ago, ...rest }) => ({ ...rest, sourceTime: time - ago })),
      time,
    ),
  },
});

const fact: fc.Arbitrary<(time: number) => Fact> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.array(sample, { maxLength: 8 }).map((samples) => (time: number) => samplesRecorded(time, samples)),
  },
  fc.constantFrom(lost(), lost('line/other'), restored(), TIME_ADVANCED).map((f) => () => f),
  fc.constantFrom('temperature/high', 'temperature/high-high', 'temperature/low').map((a) => () => acknowledged(a)),
  fc.constantFrom(...MODELS).map((m) => () => applied(m)),
  { weight: 1, arbitrary: fc.constant(() => RETIRED) },
);

const event = (id: string, time: number, of: Fact): PlantEvent => ({ ...of, id, asset: ASSET, time });

/** A stream of one asset; `step` says how far the clock moves from event to event. */
const stream = (pause: fc.Arbitrary<number>): fc.Arbitrary<PlantEvent[]> =>
  fc.array(fc.tuple(pause, fact), { maxLength: 30 }).map((events) => {
    let time = T0;
    const rest = events.map(([ms, make], i) => event(`event-${i}`, (time += ms), make(time)));
    return [event('first', T0, applied(STATION)), ...rest];
  });

const forwards = stream(fc.oneof(fc.integer({ min: 0, max: 1_500 }), fc.constant(31_000)));
const anyWay = stream(fc.integer({ min: -20_000, max: 40_000 }));

interface Folded {
  readonly record: ActorRecord | undefined;
  readonly emitted: readonly Emitted[];
}
const fold = (events: readonly PlantEvent[], from?: ActorRecord): Folded => {
  const emitted: Emitted[] = [];
  let record = from;
  for (const one of events) {
    const next = step(record, one);
    record = next.record;
    emitted.push(...next.emitted);
  }
  return { record, emitted };
};

const RUNS = { numRuns: 200 };

describe('whatever the events', { timeout: 60_000 }, () => {
  it('batches may be cut anywhere: the state and the conclusions are the same', () => {
    fc.assert(
      fc.property(anyWay, fc.infiniteStream(fc.nat(8)), (events, cuts) => {
        const cut = events.flatMap((e) => (e.type === 'SamplesRecorded' ? split(e, cuts.next().value!) : [e]));
        const whole = fold(events);
        const parts = fold(cut);
        expect(parts.emitted).toEqual(whole.emitted);
        expect({ ...parts.record, events: 0 }).toEqual({ ...whole.record, events: 0 });
      }),
      RUNS,
    );
  });

  it('a record that was stored goes on as the one that was not', () => {
    fc.assert(
      fc.property(anyWay, fc.nat(30), (events, at) => {
        const before = fold(events.slice(0, at + 1)).record!;
        const decoded = decodeRecord(JSON.parse(JSON.stringify(encodeRecord(before))));
        if (!decoded.ok) throw new Error(decoded.reason);
        const rest = events.slice(at + 1);
        const stored = fold(rest, decoded.record);
        const straight = fold(rest, before);
        expect(stored.emitted).toEqual(straight.emitted);
        expect(stateHash(stored.record!)).toBe(stateHash(straight.record!));
      }),
      RUNS,
    );
  });

  it('writing down that time has passed changes no conclusion, however often it is done', () => {
    fc.assert(
      fc.property(forwards, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (events, where) => {
        const watched = events.flatMap((e, i) => {
          const until = events[i + 1]?.time ?? e.time + 60_000;
          const times = [where.next().value!, where.next().value!].sort((a, b) => a - b);
          return [
            e,
            ...times.map((t, n) => event(`time-${i}-${n}`, Math.floor(e.time + t * (until - e.time)), TIME_ADVANCED)),
          ];
        });
        const end = event('end', events.at(-1)!.time + 60_000, TIME_ADVANCED);
        const plain = fold([...events, end]);
        const timed = fold([...watched, end]);
        expect(timed.emitted).toEqual(plain.emitted);
        expect({ ...timed.record, events: 0 }).toEqual({ ...plain.record, events: 0 });
      }),
      RUNS,
    );
  });

  it('the clock never goes back, conclusions are in the order of time, and no timer is overdue', () => {
    fc.assert(
      fc.property(anyWay, (events) => {
        let record: ActorRecord | undefined;
        for (const one of events) {
          const next = step(record, one);
          const clock = Math.max(record?.clock ?? 0, one.time);
          expect(next.record!.clock).toBe(clock);
          const times = [record?.clock ?? 0, ...next.emitted.map(({ time }) => time), clock];
          expect(times).toEqual(times.toSorted((a, b) => a - b));
          expect(nextDeadline(next.record!) ?? Infinity).toBeGreaterThan(clock);
          record = next.record;
        }
      }),
      RUNS,
    );
  });

  it('deriving twice gives the same conclusions, ids and state', () => {
    fc.assert(
      fc.property(anyWay, (events) => {
        const derive = () => {
          const ids: string[] = [];
          let record: ActorRecord | undefined;
          for (const one of events) {
            const next = step(record, structuredClone(one));
            ids.push(...next.emitted.map((e, n) => `${outboxId(ASSET, one.id, n)} ${JSON.stringify(e)}`));
            record = next.record;
          }
          return { ids, hash: stateHash(record!) };
        };
        const [first, second] = [derive(), derive()];
        expect(second).toEqual(first);
        const ids = first.ids.map((line) => line.split(' ')[0]);
        expect(new Set(ids).size).toBe(ids.length);
      }),
      RUNS,
    );
  });

  it('neither the record nor the event is ever touched', () => {
    fc.assert(
      fc.property(anyWay, (events) => {
        let record: ActorRecord | undefined;
        for (const one of events) record = step(deepFreeze(record), deepFreeze(one)).record;
      }),
      RUNS,
    );
  });

  it('operating states form a chain, totals are the sum of the parts, and alarms begin where they ended', () => {
    fc.assert(
      fc.property(anyWay, (events) => {
        const { record, emitted } = fold(events);
        let state = 'offline';
        let [good, scrap] = [0, 0];
        const alarms = new Map<string, string>();
        for (const { type, data } of emitted) {
          if (type === 'OperatingStateChanged') {
            expect(data.from).toBe(state);
            state = (data as OperatingStateChanged).to;
          } else if (type === 'CycleCompleted') {
            if (data.result === 'good') good += data.parts;
            else scrap += data.parts;
            expect([data.goodTotal, data.scrapTotal]).toEqual([good, scrap]);
            expect(data.parts).toBeGreaterThan(0);
            expect(data.cycleTimeMs ?? 0).toBeGreaterThanOrEqual(0);
          } else {
            expect(data.from).toBe(alarms.get(data.alarm) ?? 'normal');
            expect(data.to).not.toBe(data.from);
            alarms.set(data.alarm, data.to);
          }
        }
        expect(record!.state.context).toMatchObject({ good, scrap });
        const active = Object.entries(record!.alarms).flatMap(([name, levels]) =>
          Object.entries(levels).map(([level, is]) => [`${name}/${level}`, is] as const),
        );
        expect(new Map(active)).toEqual(new Map([...alarms].filter(([, is]) => is !== 'normal')));
      }),
      RUNS,
    );
  });
});

/** The batch in two, at the same time; the edge counts what it filtered in the first. */
const split = (whole: Extract<PlantEvent, { type: 'SamplesRecorded' }>, at: number): PlantEvent[] => {
  const { data } = whole;
  const part = (from: number, to?: number): SamplesRecorded => ({
    ...data,
    signal: data.signal.slice(from, to),
    value: data.value.slice(from, to),
    sourceTime: data.sourceTime.slice(from, to),
    ...(data.status && { status: data.status.slice(from, to) }),
  });
  return [
    { ...whole, data: part(0, at) },
    { ...whole, id: `${whole.id}-rest`, data: part(at) },
  ];
};

const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
};
