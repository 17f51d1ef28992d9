import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Operation, Outcome } from './messages.js';
import { packGroup, packOutcomes, unpackGroup, unpackOutcomes } from './packed-operations.js';

const columns = {
  ids: new Uint8Array(),
  typeNames: [],
  types: new Int32Array(),
  lengths: new Int32Array(),
  payload: new Uint8Array(),
};

test('operations come out as they went in', () => {
  const operation: fc.Arbitrary<Operation> = fc.record({
    kind: fc.constantFrom('append', 'delete', 'tombstone', 'scavenged'),
    stream: fc.constantFrom('s', '$$s', 'ä'),
    expected: fc.oneof(fc.constantFrom('any', 'no-stream', 'stream-exists'), fc.nat()),
    count: fc.nat(5),
  });
  fc.assert(
    fc.property(fc.array(operation), (operations) => {
      const group = { recordedAt: 7, operations, ...columns };
      expect(unpackGroup(packGroup(group))).toEqual(group);
    }),
  );
});

test('outcomes come out as they went in', () => {
  const own = { stream: '$$s', id: 'i', type: '$metadata', data: '{}', revision: 0, position: 9 };
  const outcomes: Outcome[] = [
    { kind: 'written', revision: 0, position: 1 },
    { kind: 'written', revision: 3, position: 2, fresh: [1] },
    { kind: 'repeated', revision: 0, position: 1 },
    { kind: 'written', revision: 5, position: 8, own },
    { kind: 'done', own },
    { kind: 'done' },
    { kind: 'wrong-expected-revision', actual: undefined },
    { kind: 'stream-deleted', stream: 's' },
    { kind: 'written', revision: 6, position: 10 },
  ];
  expect(unpackOutcomes(packOutcomes(outcomes))).toEqual(outcomes);
});
