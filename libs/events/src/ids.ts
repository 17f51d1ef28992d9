import { createHash } from 'node:crypto';

/** Slash-separated ISA-95 path of an asset, e.g. `acme/hamburg/assembly/bonding-line/s3`; unique in the whole server. */
export type AssetId = string;
/** `<asset id>:<signal name>`, e.g. `acme/hamburg/assembly/bonding-line/s4:zone-1-temperature`. */
export type SignalId = string;

/** One step of an asset id, and the form of a signal name: lower-case letters, digits and single hyphens. */
export const SLUG = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

export const signalId = (asset: AssetId, name: string): SignalId => `${asset}:${name}`;

/** The asset and the local name in a signal id, or undefined when the text is not one. */
export const splitSignalId = (id: SignalId): { asset: AssetId; name: string } | undefined => {
  const colon = id.lastIndexOf(':');
  return colon <= 0 || colon === id.length - 1 ? undefined : { asset: id.slice(0, colon), name: id.slice(colon + 1) };
};

export const FACTS_PREFIX = 'asset-';
export const DERIVED_PREFIX = 'derived-';
/** Streams that hold what happened to the plant: facts and conclusions. */
export const PLANT_PREFIXES: readonly string[] = [FACTS_PREFIX, DERIVED_PREFIX];

export const factsStream = (asset: AssetId): string => FACTS_PREFIX + asset;
export const derivedStream = (asset: AssetId): string => DERIVED_PREFIX + asset;

/** The asset whose facts or conclusions a stream holds, or undefined for any other stream. */
export const assetOfStream = (stream: string): AssetId | undefined => {
  const prefix = PLANT_PREFIXES.find((p) => stream.startsWith(p));
  return prefix === undefined ? undefined : stream.slice(prefix.length);
};

/** UUIDv5 namespace of the outbox; fixed for ever, since ids of derived events in every log depend on it. */
const OUTBOX_NAMESPACE = Buffer.from('7d1b5c1e0a5f4c58a7e20c5b6f6f9e31', 'hex');

/** Name-based UUID (RFC 9562, version 5) in the outbox namespace. */
export const uuidV5 = (name: string): string => {
  const bytes = createHash('sha1').update(OUTBOX_NAMESPACE).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

/** Id of the n-th conclusion that an asset's actor drew from one event: the same on every derivation. */
export const outboxId = (asset: AssetId, causeEventId: string, n: number): string =>
  uuidV5(`${asset}|${causeEventId}|${n}`);
