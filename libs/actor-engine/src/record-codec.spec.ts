import { describe, expect, it } from 'vitest';
import { ASSET_TYPES } from '@millwright/asset-machines';
import { canonicalHash } from '@millwright/events';
import { given, model, running } from './engine.fixture.js';
import { decodeRecord, encodeRecord, stateHash } from './index.js';

const stored = (): Record<string, unknown> =>
  JSON.parse(JSON.stringify(encodeRecord(running().samples(1, ['temperature', 95], ['good-count', 4]).record)));

describe('a record', () => {
  it.each(ASSET_TYPES)('of type %s comes back from JSON as it was', (type) => {
    const { record } = given(model({ type })).samples(1, ['state', 1], ['temperature', 95]);
    const decoded = decodeRecord(JSON.parse(JSON.stringify(encodeRecord(record))));
    expect(decoded).toEqual({ ok: true, record });
    if (decoded.ok) expect(stateHash(decoded.record)).toBe(stateHash(record));
  });
  it('has a hash of everything it holds', () => {
    const { record } = running();
    expect(stateHash(record)).toBe(canonicalHash(record));
    expect(stateHash({ ...record, sequence: record.sequence + 1 })).not.toBe(stateHash(record));
  });
});

describe('a snapshot is refused, with a sentence, when', () => {
  it.each<[string, unknown, string]>([
    ['it is nothing', null, 'expected a record, found null'],
    ['it is text', '{}', 'expected a record, found string'],
    ['its schema is another', { ...stored(), schemaVersion: 0 }, 'schema version 0 is not 1, the one of this engine'],
    ['a number is missing', { ...stored(), clock: null }, 'the field "clock" is missing or of another type'],
    ['a text is missing', { ...stored(), asset: 1 }, 'the field "asset" is missing or of another type'],
    ['an object is missing', { ...stored(), alarms: undefined }, 'the field "alarms" is missing or of another type'],
    [
      'its machine is unknown',
      { ...stored(), machine: 'robot' },
      'there is no machine "robot"; expected one of station',
    ],
    [
      'its machine has changed',
      { ...stored(), definitionHash: 'f'.repeat(64) },
      'another definition of the machine "station"',
    ],
  ])('%s', (_, json, reason) => {
    const decoded = decodeRecord(json);
    expect(decoded.ok).toBe(false);
    if (!decoded.ok) expect(decoded.reason).toContain(reason);
  });
});

/** A hash that differs makes every older snapshot unusable (it is folded anew): change it here only where the machine's rules did change. */
const DEFINITION_HASHES = {
  station: 'c60f893933cc48c9d4b2a40bfccc403ef3775f44978444db31c8b1b8d5ac8ad5',
  oven: '170271c74488a2b9a1bb6dd0e0bab64e69d1b9f8bda20bc9b8045232be4cdfc9',
  line: 'b928162465f91c439716131c0efddd10414b747eef47500792d609a7efe4fbcb',
  group: '8c833e4e4593e3532779cf81ebc2d7c4844f61ca6beef742bc2a485beca11d9b',
};

it('every machine has the definition hash that snapshots of its rules carry', () => {
  const hashes = ASSET_TYPES.map((type) => [type, given(model({ type })).record.definitionHash]);
  expect(Object.fromEntries(hashes)).toEqual(DEFINITION_HASHES);
});
