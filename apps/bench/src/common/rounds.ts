import type { Metrics } from '../bench.js';
import { median, percentile } from './statistics.js';

/** What was done in one slot of time. */
export interface Slot {
  /** Undefined where the number was given, and only the times were measured. */
  readonly events?: number;
  readonly ms: number;
  /** How long single ones took, milliseconds. */
  readonly timesMs?: readonly number[];
}

/** Something that is measured of every subject. */
export interface Phase<S> {
  /** Its metrics are `<name>_per_s`, `<name>_p50_ms` and `<name>_p99_ms`. */
  readonly name: string;
  /** Slots of time that it gets; default 1. */
  readonly weight?: number;
  /** Undefined where a subject has not what the phase is about. */
  applies?(subject: S): boolean;
  /** Makes the material of one round, outside of what is measured, the same for every subject. */
  prepare(ms: number, round: number): (subject: S) => Promise<Slot>;
}

export interface Contender<S> {
  readonly name: string;
  readonly subject: S;
  /** CPU seconds used so far by all threads and processes at work for it; default: this process. */
  cpuSeconds?(): number;
}

export interface Results {
  readonly metrics: Metrics;
  /** By phase: microseconds of CPU an event, whatever else the machine does. */
  readonly cpuUs: Metrics;
}

export const metricsOf = (results: ReadonlyMap<string, Results>): Record<string, Metrics> =>
  Object.fromEntries([...results].map(([name, { metrics }]) => [name, metrics]));

const SLOT_MS = 200;
const MIN_ROUNDS = 5;
const LEAST_ROUNDS = 3;

/** An odd number of rounds, at least five, of slots that fill so many seconds. */
export const planRounds = (
  seconds: number,
  slotsPerRound: number,
): { readonly rounds: number; readonly ms: number } => {
  const fitting = Math.floor((seconds * 1_000) / (slotsPerRound * SLOT_MS));
  const rounds = Math.max(MIN_ROUNDS, fitting % 2 === 1 ? fitting : fitting - 1);
  return { rounds, ms: (seconds * 1_000) / (slotsPerRound * rounds) };
};

/**
 * Measures every phase of every contender in turn, so that whatever else the machine does meets them all alike. Rates are the medians of
 * the rounds; percentiles are over the times of all rounds. Where all rounds would take longer than `budgetMs`, preparation included, there
 * are fewer of them, at least three.
 */
export const inRounds = async <S>(
  contenders: readonly Contender<S>[],
  phases: readonly Phase<S>[],
  seconds: number,
  budgetMs = Infinity,
): Promise<Map<string, Results>> => {
  const { rounds, ms } = planRounds(
    seconds,
    contenders.length * phases.reduce((sum, { weight = 1 }) => sum + weight, 0),
  );
  const tallies = new Map(contenders.map(({ name }) => [name, new Tally()]));
  const start = performance.now();
  /** When another round would be done, by those so far. */
  const doneAfter = (): number => ((performance.now() - start) * (round + 1)) / round;
  let round = 0;
  for (; round < rounds && (round < LEAST_ROUNDS || doneAfter() <= budgetMs); round++) {
    for (const phase of phases) {
      const run = phase.prepare(ms * (phase.weight ?? 1), round);
      for (const { name, subject, cpuSeconds = ownCpuSeconds } of inTurn(contenders, round)) {
        if (phase.applies && !phase.applies(subject)) continue;
        const before = cpuSeconds();
        const slot = await run(subject);
        tallies.get(name)!.add(phase.name, slot, cpuSeconds() - before);
      }
    }
  }
  return new Map([...tallies].map(([name, tally]) => [name, tally.results()]));
};

/** A B C, A C B, C A B, C B A, ...: what one leaves behind (dirty pages, a checkpoint) does not always meet the same one. */
const inTurn = <C>(contenders: readonly C[], round: number): readonly C[] => {
  const first = round % contenders.length;
  const turn = [...contenders.slice(first), ...contenders.slice(0, first)];
  return round % 2 === 0 ? turn : turn.reverse();
};

export const ownCpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
};

class Tally {
  private readonly rates = new Map<string, number[]>();
  private readonly cpu = new Map<string, number[]>();
  private readonly times = new Map<string, number[]>();

  add(phase: string, { events, ms, timesMs }: Slot, cpuSeconds: number): void {
    if (events !== undefined) {
      push(this.rates, phase, (events / ms) * 1_000);
      push(this.cpu, phase, (cpuSeconds * 1_000_000) / events);
    }
    for (const time of timesMs ?? []) push(this.times, phase, time);
  }

  results(): Results {
    return {
      metrics: {
        ...Object.fromEntries([...this.rates].map(([phase, rates]) => [`${phase}_per_s`, Math.round(median(rates))])),
        ...Object.fromEntries(
          [...this.times].flatMap(([phase, times]) => [
            [`${phase}_p50_ms`, toMicroseconds(percentile(times, 0.5))],
            [`${phase}_p99_ms`, toMicroseconds(percentile(times, 0.99))],
          ]),
        ),
      },
      cpuUs: Object.fromEntries([...this.cpu].map(([phase, us]) => [phase, Math.round(median(us) * 10) / 10])),
    };
  }
}

const push = (lists: Map<string, number[]>, key: string, value: number): void => {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
};

const toMicroseconds = (ms: number): number => Math.round(ms * 1_000) / 1_000;
