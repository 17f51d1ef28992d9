import type { NewRecord } from '@millwright/event-store';
import { v7 as uuidV7 } from 'uuid';

/** Streams that appends are spread over. */
export const STREAMS = 20;

/** Events like recorded samples, some 256 bytes of data and metadata each. */
export const makeRecords = (count: number, from = 0): NewRecord[] =>
  Array.from({ length: count }, (_, n) => ({ id: uuidV7(), type: 'SamplesRecorded', ...payload(from + n) }));

const payload = (n: number): { readonly data: string; readonly metadata: string } => ({
  data: JSON.stringify({
    gateway: 'hall-3',
    sequence: n,
    signals: ['temperature', 'pressure', 'speed'],
    values: [120.5 + (n % 100) / 10, 3.25 + (n % 7) / 100, 1_440 + (n % 50)],
    qualities: 'good',
    sourceTimes: [0, 12, 25],
    received: 3,
    stored: 3,
    filtered: 0,
  }),
  metadata: JSON.stringify({ time: 1_790_000_000_000 + n, correlationId: 'order-4711' }),
});

const bytesOf = ({ data, metadata }: Pick<NewRecord, 'data' | 'metadata'>): number =>
  Buffer.byteLength(data) + Buffer.byteLength(metadata);

/** Bytes of data and metadata of the smallest record, sequence numbers aside: its other values come again after so many. */
export const SMALLEST_PAYLOAD_BYTES: number = Math.min(...Array.from({ length: 700 }, (_, n) => bytesOf(payload(n))));
