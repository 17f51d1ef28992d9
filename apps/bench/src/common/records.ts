import type { EventMetadata, NewRecord } from '@millwright/event-store';
import { v7 as uuidV7 } from 'uuid';

/** Streams that appends are spread over. */
export const STREAMS = 20;

/** Events like recorded samples, some 256 bytes of data and metadata each; both as text and as objects, as their writer has them. */
export const makeRecords = (count: number, from = 0): SampleRecord[] =>
  Array.from({ length: count }, (_, n) => makeRecord(from + n));

/** A record of JSON that has its objects with it. */
export interface SampleRecord extends NewRecord {
  readonly parsed: { readonly data: Record<string, unknown>; readonly metadata: EventMetadata };
}

const makeRecord = (n: number): SampleRecord => {
  const data = {
    gateway: 'hall-3',
    sequence: n,
    signals: ['temperature', 'pressure', 'speed'],
    values: [120.5 + (n % 100) / 10, 3.25 + (n % 7) / 100, 1_440 + (n % 50)],
    qualities: 'good',
    sourceTimes: [0, 12, 25],
    received: 3,
    stored: 3,
    filtered: 0,
  };
  const metadata = { time: 1_790_000_000_000 + n, correlationId: 'order-4711' };
  return {
    id: uuidV7(),
    type: 'SamplesRecorded',
    data: JSON.stringify(data),
    metadata: JSON.stringify(metadata),
    parsed: { data, metadata },
  };
};

const bytesOf = ({ data, metadata }: NewRecord): number => Buffer.byteLength(data) + Buffer.byteLength(metadata);

/** Bytes of data and metadata of the smallest record: the values come again after so many, and the sequence number only grows. */
export const SMALLEST_PAYLOAD_BYTES: number = Math.min(...makeRecords(700).map(bytesOf));
