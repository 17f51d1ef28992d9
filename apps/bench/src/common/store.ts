import type { SampleRecord } from './records.js';

/** A way to keep events in streams, as the phases use it. Streams have numbers here. */
export interface Store {
  /** Resolves when the records are durable at the end of the stream. */
  append(stream: number, records: readonly SampleRecord[]): Promise<unknown>;
  /** Hands over every event from the beginning on, to the byte, and stops at the end or when the time (performance.now()) is up. Gives their number. */
  readAll(until: number): Promise<number>;
  /** The same with data and metadata parsed. */
  readAllParsed?(until: number): Promise<number>;
  /** One stream. Undefined where there are no streams. */
  readStream?(stream: number, until: number): Promise<number>;
}
