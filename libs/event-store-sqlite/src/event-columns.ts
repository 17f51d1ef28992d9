import { isAscii } from 'node:buffer';
import type { LogRecord, NewRecord, Payload } from '@millwright/event-store';
import { joinPayloads } from './digest.js';
import type { EventColumns, PageColumns } from './messages.js';

/** Records side by side, to be sent to the writer. */
export const toColumns = (records: readonly NewRecord[]): EventColumns => {
  const typeIndex = new Map<string, number>();
  const types: number[] = [];
  const payloads: Payload[] = [];
  let ids = '';
  for (const { id, type, metadata, data } of records) {
    ids += id;
    let index = typeIndex.get(type);
    if (index === undefined) typeIndex.set(type, (index = typeIndex.size));
    types.push(index);
    payloads.push(metadata, data);
  }
  return {
    ids: ids.replaceAll('-', ''),
    typeNames: [...typeIndex.keys()],
    types,
    ...joinPayloads(payloads),
  };
};

/** Metadata and data of each event, one after the other. */
export const payloadsOf = ({ lengths, text, blobs }: Pick<EventColumns, 'lengths' | 'text' | 'blobs'>): Payload[] => {
  let textAt = 0;
  let blobAt = 0;
  return lengths.map((length) =>
    length >= 0 ? text.slice(textAt, (textAt += length)) : blobs.subarray(blobAt, (blobAt -= length + 1)),
  );
};

/** The records of a page. */
export const toRecords = (columns: PageColumns): LogRecord[] => {
  const { positions, revisions, recordedAt, ids, streamNames, typeNames, streams, types } = columns;
  const take = payloadTaker(columns.payload);
  return positions.map((position, n): LogRecord => {
    const metadata = take(columns.metadataLengths[n]!);
    return {
      id: toUuid(ids, 32 * n),
      type: typeNames[types[n]!]!,
      data: take(columns.dataLengths[n]!),
      metadata,
      stream: streamNames[streams[n]!]!,
      revision: BigInt(revisions[n]!),
      position: BigInt(position),
      recordedAt: recordedAt[n]!,
    };
  });
};

/** Takes one payload after the other from a page's bytes: as a piece of one text where bytes are characters. */
const payloadTaker = (payload: Uint8Array): ((length: number) => Payload) => {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const text = isAscii(bytes) ? bytes.toString('latin1') : undefined;
  let at = 0;
  return (length) => {
    const start = at;
    if (length < 0) return new Uint8Array(bytes.subarray(start, (at -= length + 1)));
    at += length;
    return text === undefined ? bytes.toString('utf8', start, at) : text.slice(start, at);
  };
};

const toUuid = (hex: string, at: number): string =>
  `${hex.slice(at, at + 8)}-${hex.slice(at + 8, at + 12)}-${hex.slice(at + 12, at + 16)}-${hex.slice(at + 16, at + 20)}-${hex.slice(at + 20, at + 32)}`;
