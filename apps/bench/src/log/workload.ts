import type { NewRecord } from '@millwright/event-store';
import { v7 as uuidV7 } from 'uuid';

/** Streams that single appends are spread over. */
export const STREAMS = 20;

/** Events like recorded samples, some 256 bytes of data and metadata each. */
export const makeRecords = (count: number, from = 0): NewRecord[] =>
  Array.from({ length: count }, (_, n) => ({ id: uuidV7(), type: 'SamplesRecorded', ...payload(from + n) }));

const payload = (n: number): Pick<NewRecord, 'data' | 'metadata'> => ({
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

export const bytesOf = (records: readonly NewRecord[]): number =>
  records.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);

/** One way to keep events, as the phases below use it. */
export interface Subject {
  readonly name: string;
  open(folder: string): Promise<OpenSubject>;
}

export interface OpenSubject {
  /** Resolves when the records are durable at the end of the stream. */
  append(stream: number, records: readonly NewRecord[]): Promise<unknown>;
  /** Hands every event over, to the byte; gives their number. */
  readAll(limit: number): Promise<number>;
  /** The same for one stream; undefined where there are no streams. */
  readStream?(stream: number, limit: number): Promise<number>;
  /** Bytes on the disk, and events, after everything has been brought home. */
  close(): Promise<{ readonly bytes: number; readonly events: number }>;
}
