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
/** Stream in which each scavenge leaves an event; its data has `removedUpTo`, a position as text. */
export const SCAVENGES_STREAM = '$scavenges';

/** Retention as a `$metadata` event's JSON has it; what is not a sensible number there keeps all. */
export const parseRetention = (metadata: string): Retention => {
  const value = parseObject(metadata);
  const count = (key: string, least: number): number | undefined => {
    const number = value?.[key];
    return typeof number === 'number' && number >= least ? Math.floor(number) : undefined;
  };
  const maxAgeSeconds = count('$maxAge', 1);
  const maxCount = count('$maxCount', 1);
  const before = count('$tb', 0);
  return {
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
    ...(maxCount !== undefined && { maxCount }),
    ...(before !== undefined && {
      truncateBefore: before > Number.MAX_SAFE_INTEGER ? DELETED_TRUNCATE_BEFORE : BigInt(before),
    }),
  };
};

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
  const metadata = await lastMetadata(store, stream);
  return metadata ? parseRetention(JSON.stringify(metadata.data)) : {};
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
  checkCount('maxAgeSeconds', maxAgeSeconds, 1);
  checkCount('maxCount', maxCount, 1);
  if (truncateBefore !== undefined) checkCount('truncateBefore', Number(truncateBefore), 0);
  const before = await lastMetadata(store, stream);
  const { $maxAge: _age, $maxCount: _count, $tb: _before, ...others } = (before?.data ?? {}) as Record<string, unknown>;
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

/** The last position that a scavenge has removed an event at or before; undefined when nothing was removed, or the store does not tell. */
export const scavengedTo = async (store: Pick<EventStore, 'readStream'>): Promise<Position | undefined> => {
  for await (const { data } of store.readStream(SCAVENGES_STREAM, { direction: 'backwards', maxCount: 1 })) {
    const { removedUpTo } = data as { readonly removedUpTo?: unknown };
    if (typeof removedUpTo === 'string' && /^\d+$/.test(removedUpTo)) return BigInt(removedUpTo);
  }
  return undefined;
};

const lastMetadata = async (
  store: Pick<EventStore, 'readStream'>,
  stream: string,
): Promise<RecordedEvent | undefined> => {
  if (metadataOwner(stream) !== undefined) {
    throw new EventStoreError('invalid-event', `"${stream}" holds the metadata of a stream and has none of its own`);
  }
  for await (const event of store.readStream(metadataStream(stream), { direction: 'backwards', maxCount: 1 }))
    return event;
  return undefined;
};

const checkCount = (name: string, value: number | undefined, least: number): void => {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return;
  throw new RangeError(`${name} is ${value}; expected a whole number from ${least}, or nothing to keep all`);
};

const parseObject = (text: string): Record<string, unknown> | undefined => {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};
