import { createHash, hash } from 'node:crypto';
import type { LogRecord, Payload } from '@millwright/event-store';

/**
 * What makes a lost, changed or exchanged event show. Each commit (one transaction of appends) has a digest over its events, and a chain:
 * SHA-256 over the previous commit's chain and this digest. The chain stands in the commit's last event.
 */
export interface DigestColumns {
  /** One line for each run of events that follow one another in one stream, by {@link runLine}. */
  readonly runs: readonly string[];
  /** 32 hexadecimal digits each. */
  readonly ids: string;
  /** The name of each event's type. */
  readonly types: readonly string[];
  /** By event two: of its metadata, and of its data. UTF-16 units of a text, -1 - bytes of a blob. */
  readonly lengths: readonly number[];
  /** All texts, and all blobs, in order of the lengths. */
  readonly text: string;
  readonly blobs: Uint8Array;
}

const LONG_TEXT = 16_384;
const NO_BYTES = new Uint8Array(0);

/** The chain before the first commit. */
export const FIRST_CHAIN: Buffer = Buffer.alloc(32);

export const runLine = (
  stream: string,
  revision: number,
  position: number,
  count: number,
  recordedAt: number,
): string => `${stream}\t${revision}\t${position}\t${count}\t${recordedAt}`;

/** SHA-256 over a text that says the same for no two lists of events: names have no control characters, and every length is told. */
export const digestOf = ({ runs, ids, types, lengths, text, blobs }: DigestColumns): Buffer => {
  const others = blobs.length > 0 ? hash('sha256', blobs) : '';
  const head = `${runs.join('\n')}\n\n${ids}\n${types.join('\t')}\n${lengths.join()}\n${others}\n`;
  // The same digest: at one go for a little, and without copying for much.
  if (text.length < LONG_TEXT) return hash('sha256', head + text, 'buffer');
  return createHash('sha256').update(head).update(text).digest();
};

export const chainOf = (previous: Buffer, digest: Buffer): Buffer =>
  hash('sha256', Buffer.concat([previous, digest]), 'buffer');

/** The digest of events that were read, in log order. */
export const digestOfRecords = (records: readonly LogRecord[]): Buffer => {
  const payloads = records.flatMap(({ metadata, data }) => [metadata, data]);
  return digestOf({
    runs: runsOf(records),
    ids: records
      .map(({ id }) => id)
      .join('')
      .replaceAll('-', ''),
    types: records.map(({ type }) => type),
    ...joinPayloads(payloads),
  });
};

/** Payloads in one text and one blob. */
export const joinPayloads = (payloads: readonly Payload[]): Pick<DigestColumns, 'lengths' | 'text' | 'blobs'> => {
  const blobs = payloads.filter((payload) => typeof payload !== 'string');
  return {
    lengths: payloads.map((payload) => (typeof payload === 'string' ? payload.length : -1 - payload.length)),
    text: payloads.filter((payload) => typeof payload === 'string').join(''),
    blobs: blobs.length === 0 ? NO_BYTES : Buffer.concat(blobs),
  };
};

const runsOf = (records: readonly LogRecord[]): string[] => {
  const runs: string[] = [];
  let first = 0;
  for (let next = 1; next <= records.length; next++) {
    if (records[next] && follows(records[next - 1]!, records[next]!)) continue;
    const { stream, revision, position, recordedAt } = records[first]!;
    runs.push(runLine(stream, Number(revision), Number(position), next - first, recordedAt));
    first = next;
  }
  return runs;
};

const follows = (a: LogRecord, b: LogRecord): boolean =>
  b.stream === a.stream &&
  b.revision === a.revision + 1n &&
  b.position === a.position + 1n &&
  b.recordedAt === a.recordedAt;
