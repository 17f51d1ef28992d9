import { createHash, hash } from 'node:crypto';

/**
 * What makes a lost, changed or exchanged event show. Each commit (one transaction of appends) has a digest over its events, and a chain:
 * SHA-256 over the previous commit's chain and this digest. The chain stands in the commit's last event.
 */
export interface DigestColumns {
  /** One line for each run of events that follow one another in one stream, by {@link runLine}. */
  readonly runs: readonly string[];
  /** The name of each event's type. */
  readonly types: readonly string[];
  /** By event two: of its metadata, and of its data. Bytes of a text, -1 - bytes of a blob. */
  readonly lengths: Int32Array;
  /** 16 bytes each. */
  readonly ids: Uint8Array;
  /** Metadata and data of each event, one after the other. */
  readonly payload: Uint8Array;
}

/** Hashing at one go is quicker for few bytes, and copies them. */
const AT_ONE_GO_BYTES = 8_192;

/** The chain before the first commit. */
export const FIRST_CHAIN: Buffer = Buffer.alloc(32);

export const runLine = (
  stream: string,
  revision: number,
  position: number,
  count: number,
  recordedAt: number,
): string => `${stream}\t${revision}\t${position}\t${count}\t${recordedAt}`;

/** SHA-256 over bytes that say the same for no two lists of events: names have no control characters, and every length is told. */
export const digestOf = ({ runs, types, lengths, ids, payload }: DigestColumns): Buffer => {
  const head = `${runs.join('\n')}\n\n${types.join('\n')}\n\n${lengths.join()}\n`;
  if (payload.length > AT_ONE_GO_BYTES) return createHash('sha256').update(head).update(ids).update(payload).digest();
  return hash('sha256', Buffer.concat([Buffer.from(head), ids, payload]), 'buffer');
};

export const chainOf = (previous: Buffer, digest: Buffer): Buffer =>
  hash('sha256', Buffer.concat([previous, digest]), 'buffer');
