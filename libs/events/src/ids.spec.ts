import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assetOfStream, derivedStream, factsStream, outboxId, signalId, SLUG, splitSignalId, uuidV5 } from './index.js';

const slug = fc.stringMatching(/^[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,2}$/);
const assetId = fc.array(slug, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));

describe('slugs', () => {
  it.each(['s3', 'bonding-line', 'zone-1-temperature', '1'])('"%s" is one', (text) => expect(text).toMatch(SLUG));
  it.each(['', 'S3', '-a', 'a-', 'a--b', 'a_b', 'a/b', 'ä', 'a b'])('"%s" is none', (text) => {
    expect(text).not.toMatch(SLUG);
  });
});

describe('signal ids', () => {
  it('hold asset and name, and give both back', () => {
    fc.assert(
      fc.property(assetId, slug, (asset, name) => {
        expect(splitSignalId(signalId(asset, name))).toEqual({ asset, name });
      }),
    );
  });
  it.each(['', 's3', ':state', 'a/s3:'])('"%s" is none', (text) => expect(splitSignalId(text)).toBeUndefined());
});

describe('streams', () => {
  it('of facts and of conclusions name their asset', () => {
    fc.assert(
      fc.property(assetId, (asset) => {
        expect(assetOfStream(factsStream(asset))).toBe(asset);
        expect(assetOfStream(derivedStream(asset))).toBe(asset);
        expect(factsStream(asset)).not.toBe(derivedStream(asset));
      }),
    );
  });
  it('of anything else name none', () => {
    expect(assetOfStream('snapshot-acme/s1')).toBeUndefined();
    expect(assetOfStream('snapshots')).toBeUndefined();
  });
});

describe('ids of conclusions', { timeout: 60_000 }, () => {
  it('are UUIDs of version 5 and the RFC variant', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(uuidV5(name)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      }),
    );
  });
  it('are SHA-1 of the namespace and the name, but for version and variant', () => {
    const namespace = Buffer.from('7d1b5c1e0a5f4c58a7e20c5b6f6f9e31', 'hex');
    const hex = createHash('sha1').update(namespace).update('line').digest('hex');
    const uuid = uuidV5('line').replaceAll('-', '');
    expect(uuid.slice(0, 12)).toBe(hex.slice(0, 12));
    expect(uuid.slice(13, 16)).toBe(hex.slice(13, 16));
    expect(uuid.slice(17)).toBe(hex.slice(17, 32));
  });
  it('never change: every log depends on them', () => {
    expect(outboxId('acme/hamburg/assembly/bonding-line/s3', '00000000-0000-4000-8000-000000000001', 2)).toBe(
      '1caaca59-4f48-59ec-9f26-e2f7cf4f44dd',
    );
  });
  it('differ by asset, by cause and by place', () => {
    const ids = ['a', 'b'].flatMap((asset) =>
      ['x', 'y'].flatMap((cause) => [0, 1].map((n) => outboxId(asset, cause, n))),
    );
    expect(new Set(ids).size).toBe(8);
  });
});
