import type { RecordedEvent } from '@millwright/event-store';
import { BAD, derivedStream, encodeSamples, factsStream, GOOD, OPERATING_STATES, UNCERTAIN } from '@millwright/events';
import type { AlarmState, AssetModel, Conclusion, Fact, Sample, SampleValue } from '@millwright/events';
import fc from 'fast-check';

export const LINE = 'acme/plant/line';
/** One asset's path begins like another's, and one is never heard of. */
export const ASSETS: readonly string[] = [LINE, `${LINE}/s1`, `${LINE}/s10`, `${LINE}/s2`];
export const SIGNALS: readonly string[] = ['temperature', 'state', 'open'];
export const ALARMS: readonly string[] = ['temperature/high', 'temperature/low'];
/** A little before an hour begins, so that stories cross it. */
export const STORY_START = Date.UTC(2026, 0, 5, 9, 57, 30);

const value: fc.Arbitrary<SampleValue> = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((v) => v + 0) },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.constantFrom('RUN', '12', 'true', '', '"') },
);
/** Mostly fresh, some hours late, some from the future. */
const age = fc.oneof(
  fc.integer({ min: 0, max: 2_000 }),
  fc.integer({ min: -60_000, max: 3 * 3_600_000 }),
  fc.constant(0),
);
/** Mostly one signal of one asset, so that many samples fall into one bucket. */
const often = <T>(one: T, all: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(one) }, { weight: 1, arbitrary: fc.constantFrom(...all) });
const sample = fc.record({
  signal: often(SIGNALS[0]!, SIGNALS),
  value,
  age,
  status: fc.oneof({ weight: 5, arbitrary: fc.constant(GOOD) }, fc.constantFrom(UNCERTAIN, BAD, 0x803f_0000)),
  server: fc.boolean(),
});
const entry = fc.record({
  signal: fc.constantFrom(...SIGNALS, '*'),
  reason: fc.constantFrom('deadband', 'interval', 'not-a-number'),
  count: fc.integer({ min: 1, max: 9 }),
});
const asset = fc.constantFrom(...ASSETS);

const happening = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('samples' as const),
      asset: often(ASSETS[1]!, ASSETS),
      connection: fc.constantFrom('a', 'b'),
      samples: fc.array(sample, { maxLength: 10, size: 'max' }),
      filtered: fc.option(fc.array(entry, { maxLength: 2 }), { nil: undefined }),
      rejected: fc.option(fc.array(entry, { maxLength: 2 }), { nil: undefined }),
      example: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('state' as const), asset, to: fc.constantFrom(...OPERATING_STATES) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('cycle' as const),
      asset,
      good: fc.boolean(),
      parts: fc.integer({ min: 1, max: 4 }),
      cycleTimeMs: fc.option(fc.integer({ min: 1, max: 90_000 }), { nil: undefined }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('alarm' as const),
      asset,
      alarm: fc.constantFrom(...ALARMS),
      choice: fc.boolean(),
      note: fc.boolean(),
      removed: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('model' as const),
      asset,
      version: fc.integer({ min: 1, max: 9 }),
      reversed: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('retired' as const), asset }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('silence' as const), asset }) },
);

/** `wait` before it; `lag`: how long ago its own time lies, as of a conclusion drawn from a timer; `gap` between positions. */
const step = fc.record({
  happening,
  wait: fc.oneof(fc.integer({ min: 0, max: 20_000 }), fc.constant(0), fc.constant(3_600_000)),
  lag: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30_000 })),
  gap: fc.integer({ min: 1, max: 40 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A random log of a small plant: late samples, counters, alarms, changes of the plant file. It begins with the plant's models. */
export const plantStory = (maxLength: number, minLength = 1): fc.Arbitrary<RecordedEvent[]> =>
  fc.array(step, { minLength, maxLength, size: 'max' }).map((steps) => {
    const models: Step[] = ASSETS.slice(0, 3).map((path) => ({
      happening: { kind: 'model', asset: path, version: 0, reversed: false },
      wait: 0,
      lag: 0,
      gap: 1,
    }));
    return new Teller().tell([...models, ...steps]);
  });

/** The life of an alarm (ISA-18.2), two ways from most states. */
const NEXT_ALARM_STATE: Readonly<Record<AlarmState, readonly [AlarmState, AlarmState]>> = {
  normal: ['unacknowledged', 'unacknowledged'],
  unacknowledged: ['acknowledged', 'returned-unacknowledged'],
  acknowledged: ['normal', 'normal'],
  'returned-unacknowledged': ['normal', 'unacknowledged'],
};

class Teller {
  private clock = STORY_START;
  private position = 0n;
  private readonly alarms = new Map<string, AlarmState>();

  tell(steps: readonly Step[]): RecordedEvent[] {
    return steps
      .map(({ happening: what, wait, lag, gap }, i) => {
        this.clock += wait;
        this.position += BigInt(gap);
        const payload = this.payload(what);
        const isConclusion = ['state', 'cycle', 'alarm'].includes(what.kind);
        return {
          id: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
          stream: isConclusion ? derivedStream(what.asset) : factsStream(what.asset),
          type: payload.type,
          data: payload.data,
          metadata: { time: this.clock - (isConclusion ? lag : 0) },
          revision: BigInt(i),
          position: this.position,
          recordedAt: this.clock + (i % 3),
        };
      })
      .map((event, i, all) => ({ ...event, recordedAt: Math.max(...all.slice(0, i + 1).map((e) => e.recordedAt)) }));
  }

  private payload(what: Step['happening']): Fact | Conclusion {
    switch (what.kind) {
      case 'samples': {
        const samples = what.samples.map(({ signal, value: v, age: ms, status, server }): Sample => {
          const sourceTime = this.clock - ms;
          return { signal, value: v, status, sourceTime, ...(server && { serverTime: sourceTime + 5 }) };
        });
        const data = { ...encodeSamples(samples, this.clock), gateway: 'g', connection: what.connection, sequence: 0 };
        const rejected = what.rejected?.map((e) => ({ ...e, ...(what.example && { example: `"${e.count}"` }) }));
        return {
          type: 'SamplesRecorded',
          data: { ...data, ...(what.filtered && { filtered: what.filtered }), ...(rejected && { rejected }) },
        };
      }
      case 'state':
        return { type: 'OperatingStateChanged', data: { from: 'idle', to: what.to, reason: `device says ${what.to}` } };
      case 'cycle': {
        const { good, parts, cycleTimeMs } = what;
        const result = good ? 'good' : 'scrap';
        return {
          type: 'CycleCompleted',
          data: { result, parts, goodTotal: 0, scrapTotal: 0, ...(cycleTimeMs !== undefined && { cycleTimeMs }) },
        };
      }
      case 'alarm':
        return this.alarm(what);
      case 'model':
        return {
          type: 'ModelApplied',
          data: { model: modelOf(what.asset, what.version, what.reversed), modelHash: '' },
        };
      case 'retired':
        return { type: 'AssetRetired', data: {} };
      case 'silence':
        return { type: 'TimeAdvanced', data: {} };
    }
  }

  private alarm({
    asset: path,
    alarm,
    choice,
    note,
    removed,
  }: Extract<Step['happening'], { kind: 'alarm' }>): Conclusion {
    const key = `${path}#${alarm}`;
    const from = this.alarms.get(key) ?? 'normal';
    const isOver = removed && !choice && from !== 'normal';
    const to = isOver ? 'normal' : NEXT_ALARM_STATE[from][choice ? 0 : 1];
    this.alarms.set(key, to);
    const isAcknowledged = to === 'acknowledged' || (from === 'returned-unacknowledged' && to === 'normal');
    const acknowledgement = { by: 'ann', ...(note && { note: 'seen' }) };
    const why = isOver ? { note: 'limit removed' } : isAcknowledged ? acknowledgement : { value: 81.5 };
    return {
      type: 'AlarmStateChanged',
      data: { alarm, signal: 'temperature', level: 'high', priority: 'high', limit: 80, from, to, ...why },
    };
  }
}

export const modelOf = (path: string, version: number, reversed = false): AssetModel => {
  const children = ASSETS.slice(1);
  return {
    asset: path,
    name: `${path} ${version}`,
    kind: path === LINE ? 'line' : 'station',
    type: path === LINE ? 'line' : 'station',
    ...(path !== LINE && { parent: LINE }),
    children: path !== LINE ? [] : reversed ? [...children].reverse() : children.slice(0, 2),
    signals: SIGNALS.map((name) => ({ name, dataType: 'number', role: 'measurement' })),
  };
};
