import type { EventColumns, Expected, Operation, OperationGroup, Outcome } from './messages.js';

/** A group as it is sent to the writer: numbers side by side, since each object costs a microsecond on its way to another thread. */
export interface PackedGroup extends EventColumns {
  readonly recordedAt: number;
  /** Each once. */
  readonly streamNames: readonly string[];
  /** By operation four: index of its kind, index of its stream's name, what it expects, count. */
  readonly operations: readonly number[];
}

export interface PackedOutcomes {
  /** By operation two: revision and position of an append that was written whole; -1 and the index of any other outcome. */
  readonly places: readonly number[];
  readonly others: readonly Outcome[];
}

const KINDS: readonly Operation['kind'][] = ['append', 'delete', 'tombstone', 'scavenged'];
/** Expectations that are no revision, as numbers below 0. */
const EXPECTATIONS: readonly Exclude<Expected, number>[] = ['any', 'no-stream', 'stream-exists'];

export const packGroup = ({ operations, ...rest }: OperationGroup): PackedGroup => {
  const streamIndex = new Map<string, number>();
  const packed: number[] = [];
  for (const { kind, stream, expected, count } of operations) {
    let index = streamIndex.get(stream);
    if (index === undefined) streamIndex.set(stream, (index = streamIndex.size));
    const place = typeof expected === 'number' ? expected : -1 - EXPECTATIONS.indexOf(expected);
    packed.push(KINDS.indexOf(kind), index, place, count);
  }
  return { ...rest, streamNames: [...streamIndex.keys()], operations: packed };
};

export const unpackGroup = ({ operations, streamNames, ...rest }: PackedGroup): OperationGroup => ({
  ...rest,
  operations: Array.from({ length: operations.length / 4 }, (_, n): Operation => {
    const [kind, stream, expected, count] = operations.slice(4 * n, 4 * n + 4) as [number, number, number, number];
    return {
      kind: KINDS[kind]!,
      stream: streamNames[stream]!,
      expected: expected < 0 ? EXPECTATIONS[-1 - expected]! : expected,
      count,
    };
  }),
});

export const packOutcomes = (outcomes: readonly Outcome[]): PackedOutcomes => {
  const places: number[] = [];
  const others: Outcome[] = [];
  for (const outcome of outcomes) {
    if (outcome.kind === 'written' && !outcome.fresh && !outcome.own) places.push(outcome.revision, outcome.position);
    else places.push(-1, others.push(outcome) - 1);
  }
  return { places, others };
};

export const unpackOutcomes = ({ places, others }: PackedOutcomes): Outcome[] =>
  Array.from({ length: places.length / 2 }, (_, n): Outcome => {
    const [revision, position] = [places[2 * n]!, places[2 * n + 1]!];
    return revision < 0 ? others[position]! : { kind: 'written', revision, position };
  });
