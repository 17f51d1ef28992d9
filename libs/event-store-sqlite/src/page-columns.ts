import { isAscii } from 'node:buffer';
import type { LogRecord, Payload } from '@millwright/event-store';
import { digestOf, runLine } from './digest.js';
import { payloadOffsets } from './event-columns.js';
import type { PageColumns } from './messages.js';

/** The records of a page. */
export const toRecords = (columns: PageColumns): LogRecord[] => {
  const { positions, revisions, recordedAt, streamNames, typeNames, streams, types, lengths } = columns;
  const ids = toBuffer(columns.ids).toString('hex');
  const take = payloadTaker(toBuffer(columns.payload));
  const records: LogRecord[] = [];
  for (let n = 0; n < positions.length; n++) {
    const metadata = take(lengths[2 * n]!);
    records.push({
      id: toUuid(ids, 32 * n),
      type: typeNames[types[n]!]!,
      data: take(lengths[2 * n + 1]!),
      metadata,
      stream: streamNames[streams[n]!]!,
      revision: BigInt(revisions[n]!),
      position: BigInt(positions[n]!),
      recordedAt: recordedAt[n]!,
    });
  }
  return records;
};

/** The digest of events that were read. */
export const digestOfColumns = (columns: PageColumns): Buffer => {
  const { ids, typeNames, types, lengths, payload } = columns;
  return digestOf({
    runs: runsOf(columns),
    types: Array.from(types, (type) => typeNames[type]!),
    lengths,
    ids,
    payload,
  });
};

/** A page cut into stretches that end before the given indexes; the last one ends where the page ends. */
export const splitColumns = (columns: PageColumns, ends: readonly number[]): PageColumns[] => {
  const offsets = payloadOffsets(columns.lengths);
  let start = 0;
  return ends.map((end) => {
    const part = {
      ...columns,
      positions: columns.positions.subarray(start, end),
      revisions: columns.revisions.subarray(start, end),
      recordedAt: columns.recordedAt.subarray(start, end),
      streams: columns.streams.subarray(start, end),
      types: columns.types.subarray(start, end),
      lengths: columns.lengths.subarray(2 * start, 2 * end),
      ids: columns.ids.subarray(16 * start, 16 * end),
      payload: columns.payload.subarray(offsets[start], offsets[end]),
    };
    start = end;
    return part;
  });
};

/** Only the events with these indexes. */
export const pickColumns = (columns: PageColumns, indexes: readonly number[]): PageColumns => {
  const offsets = payloadOffsets(columns.lengths);
  const numbers = (column: Float64Array): Float64Array => Float64Array.from(indexes, (index) => column[index]!);
  const integers = (column: Int32Array): Int32Array => Int32Array.from(indexes, (index) => column[index]!);
  return {
    ...columns,
    positions: numbers(columns.positions),
    revisions: numbers(columns.revisions),
    recordedAt: numbers(columns.recordedAt),
    streams: integers(columns.streams),
    types: integers(columns.types),
    lengths: Int32Array.from(indexes.flatMap((index) => [...columns.lengths.subarray(2 * index, 2 * index + 2)])),
    ids: Buffer.concat(indexes.map((index) => columns.ids.subarray(16 * index, 16 * index + 16))),
    payload: Buffer.concat(indexes.map((index) => columns.payload.subarray(offsets[index], offsets[index + 1]))),
  };
};

const runsOf = ({ positions, revisions, recordedAt, streamNames, streams }: PageColumns): string[] => {
  const runs: string[] = [];
  let first = 0;
  for (let next = 1; next <= positions.length; next++) {
    const goesOn =
      streams[next] === streams[first] &&
      positions[next] === positions[next - 1]! + 1 &&
      revisions[next] === revisions[next - 1]! + 1 &&
      recordedAt[next] === recordedAt[first];
    if (goesOn) continue;
    const stream = streamNames[streams[first]!]!;
    runs.push(runLine(stream, revisions[first]!, positions[first]!, next - first, recordedAt[first]!));
    first = next;
  }
  return runs;
};

/** Takes one payload after the other from a page's bytes: as a piece of one text where bytes are characters. */
const payloadTaker = (bytes: Buffer): ((length: number) => Payload) => {
  const text = isAscii(bytes) ? bytes.toString('latin1') : undefined;
  let at = 0;
  return (length) => {
    const start = at;
    if (length < 0) return new Uint8Array(bytes.subarray(start, (at -= length + 1)));
    at += length;
    return text === undefined ? bytes.toString('utf8', start, at) : text.slice(start, at);
  };
};

const toBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const toUuid = (hex: string, at: number): string =>
  `${hex.slice(at, at + 8)}-${hex.slice(at + 8, at + 12)}-${hex.slice(at + 12, at + 16)}-${hex.slice(at + 16, at + 20)}-${hex.slice(at + 20, at + 32)}`;
