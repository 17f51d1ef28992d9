import { randomUUID } from 'node:crypto';
import { EventStoreError } from './event-store-error.js';
import type { EventStore, NewEvent, Position, RecordedEvent, Revision } from './event-store.port.js';

/** How long a stream's events are kept; what is absent keeps all. Named as in EventStoreDB's metadata: $maxAge, $maxCount, $tb. */
export interface Retention {
  /** Events recorded longer ago are hidden, whole seconds. */
  readonly maxAgeSeconds?: number;
  /** So many of the last events stay. */
  readonly maxCount?: number;
  /** Events before this revision are hidden. */
  readonly truncateBefore?: Revision;
}

/** The stream that holds a stream's metadata. */
export const metadataStream = (stream: string): string => `$$${stream}`;
/** The stream that a metadata stream belongs to; undefined when the name is not of one. */
export const metadataOwner = (stream: string): string | undefined =>
  stream.startsWith('$$') && stream.length > 2 ? stream.slice(2) : undefined;

export const METADATA_TYPE = '$metadata';
/** `$tb` of a deleted stream: beyond every revision. It stands in the JSON as this text, since it is no double. */
export const DELETED_TRUNCATE_BEFORE = 9_223_372_036_854_775_807n;
/** A thousand years: EventStoreDB cannot reckon with ages that begin before the year 1. */
const MAX_AGE_SECONDS_MOST = 31_557_600_000;
/** Stream in which each scavenge leaves an event; its data has `removedUpTo`, a position as text. */
export const SCAVENGES_STREAM = '$scavenges';

/**
 * Retention as a `$metadata` event's JSON has it, read as EventStoreDB reads it: a number too small to mean anything keeps all, and one
 * that is no whole number makes all of the metadata mean nothing.
 */
export const parseRetention = (metadata: string): Retention => {
  const { $maxAge, $maxCount, $tb } = parseObject(metadata) ?? {};
  if (![$maxAge, $maxCount, $tb].every((value) => value === undefined || isInt64(value))) return {};
  return {
    ...(atLeast($maxAge, 1) && { maxAgeSeconds: $maxAge }),
    ...(atLeast($maxCount, 1) && { maxCount: $maxCount }),
    ...(atLeast($tb, 0) && { truncateBefore: $tb > Number.MAX_SAFE_INTEGER ? DELETED_TRUNCATE_BEFORE : BigInt($tb) }),
  };
};

const isInt64 = (value: unknown): boolean => Number.isInteger(value) && Math.abs(value as number) <= 2 ** 63;
const atLeast = (value: unknown, least: number): value is number => (value as number) >= least;

/** The metadata's JSON (undefined: none yet) with another `$tb`: how a deletion, and an append after it, are written down. */
export const withTruncateBefore = (metadata: string | undefined, before: Revision): string => {
  const { $tb: _before, ...others } = (metadata === undefined ? undefined : parseObject(metadata)) ?? {};
  const json = JSON.stringify(others);
  return `${json.slice(0, -1)}${json === '{}' ? '' : ','}"$tb":${before}}`;
};

export const isDeleted = ({ truncateBefore }: Retention): boolean => truncateBefore === DELETED_TRUNCATE_BEFORE;

/** Whether retention still shows an event of a stream whose last revision is `last`. `now`: the log's clock, epoch milliseconds. */
export const isKept = (
  { maxAgeSeconds, maxCount, truncateBefore }: Retention,
  { revision, recordedAt }: Pick<RecordedEvent, 'revision' | 'recordedAt'>,
  last: Revision,
  now: number,
): boolean =>
  (truncateBefore === undefined || revision >= truncateBefore) &&
  (maxCount === undefined || revision > last - BigInt(maxCount)) &&
  (maxAgeSeconds === undefined || recordedAt >= now - maxAgeSeconds * 1_000);

/** The retention set for a stream. */
export const retentionOf = async (store: Pick<EventStore, 'readStream'>, stream: string): Promise<Retention> => {
  const last = await lastMetadata(store, stream);
  return last ? parseRetention(JSON.stringify(last.metadata)) : {};
};

/**
 * Sets the retention of a stream whole: what is absent keeps all. Other metadata of the stream stays. Throws RangeError for a number that
 * is none of the kind, and `wrong-expected-revision` when somebody changes the metadata at the same moment.
 */
export const setRetention = async (
  store: Pick<EventStore, 'readStream' | 'append'>,
  stream: string,
  { maxAgeSeconds, maxCount, truncateBefore }: Retention,
  now: () => number = Date.now,
): Promise<void> => {
  checkCount('maxAgeSeconds', maxAgeSeconds, 1, MAX_AGE_SECONDS_MOST);
  checkCount('maxCount', maxCount, 1);
  checkCount('truncateBefore', truncateBefore, 0);
  const before = await lastMetadata(store, stream);
  const { $maxAge: _age, $maxCount: _count, $tb: _before, ...others } = before?.metadata ?? {};
  const event: NewEvent = {
    id: randomUUID(),
    type: METADATA_TYPE,
    data: {
      ...others,
      ...(maxAgeSeconds !== undefined && { $maxAge: maxAgeSeconds }),
      ...(maxCount !== undefined && { $maxCount: maxCount }),
      ...(truncateBefore !== undefined && { $tb: Number(truncateBefore) }),
    },
    metadata: { time: now() },
  };
  await store.append(metadataStream(stream), before?.revision ?? 'no-stream', [event]);
};

/** The last position that a scavenge has removed an event at; undefined when nothing was removed, or the store does not tell. */
export const scavengedTo = async (store: Pick<EventStore, 'readStream'>): Promise<Position | undefined> => {
  for await (const { data } of store.readStream(SCAVENGES_STREAM, { direction: 'backwards', maxCount: 1 })) {
    const { removedUpTo } = data as { readonly removedUpTo?: unknown };
    if (typeof removedUpTo === 'string' && /^\d+$/.test(removedUpTo)) return BigInt(removedUpTo);
  }
  return undefined;
};

interface LastMetadata {
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Last one of the stream that holds it. */
  readonly revision: Revision;
}

const lastMetadata = async (
  store: Pick<EventStore, 'readStream'>,
  stream: string,
): Promise<LastMetadata | undefined> => {
  if (metadataOwner(stream) !== undefined) {
    throw new EventStoreError('invalid-event', `"${stream}" holds the metadata of a stream and has none of its own`);
  }
  let revision: Revision | undefined;
  for await (const event of store.readStream(metadataStream(stream), { direction: 'backwards' })) {
    revision ??= event.revision;
    if (event.type === METADATA_TYPE) return { metadata: Array.isArray(event.data) ? {} : { ...event.data }, revision };
  }
  return revision === undefined ? undefined : { metadata: {}, revision };
};

const checkCount = (
  name: string,
  value: number | bigint | undefined,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): void => {
  if (value === undefined || (Number.isInteger(Number(value)) && value >= least && value <= most)) return;
  throw new RangeError(`${name} is ${value}; expected a whole number from ${least} to ${most}, or nothing to keep all`);
};

const parseObject = (text: string): Record<string, unknown> | undefined => {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
};
