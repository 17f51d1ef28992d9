import type { LogRecord, Position } from '@millwright/event-store';
import type { EsdbReader } from './reader.js';

/**
 * Last position recorded at or before the time. $all cannot be begun at any byte, but a stream at any revision, and its events know their
 * place in the log: bisect the stream of the last event; while that stream is younger than the time, go on with the event before its first.
 */
export const positionAt = async (reader: EsdbReader, time: number): Promise<Position | undefined> => {
  let last = await reader.lastBefore(undefined, { excludeSystem: true });
  while (last && last.recordedAt > time) {
    const first = await firstOf(reader, last.stream);
    if (!first) return undefined;
    if (first.recordedAt <= time) return lastUpTo(reader, await bisect(reader, first, last, time), time);
    last = await reader.lastBefore(first.position, { excludeSystem: true });
  }
  return last?.position;
};

/** Last event of the stream at or before the time, between one that is and one that is not. */
const bisect = async (reader: EsdbReader, first: LogRecord, last: LogRecord, time: number): Promise<LogRecord> => {
  let before = first;
  let beyond = last.revision;
  while (before.revision + 1n < beyond) {
    const middle = (before.revision + beyond) / 2n;
    // The first event from there: what retention hides is passed over.
    const event = await at(reader, first.stream, middle);
    if (event && event.revision < beyond && event.recordedAt <= time) before = event;
    else beyond = middle;
  }
  return before;
};

/** From an event on, the last one of the log that is not beyond the time. */
const lastUpTo = async (reader: EsdbReader, from: LogRecord, time: number): Promise<Position> => {
  let position = from.position;
  for await (const record of reader.readAll({ from: from.position })) {
    if (record.recordedAt > time) break;
    position = record.position;
  }
  return position;
};

const firstOf = async (reader: EsdbReader, stream: string): Promise<LogRecord | undefined> => {
  for await (const record of reader.readStream(stream, { maxCount: 1 })) return record;
  return undefined;
};

const at = async (reader: EsdbReader, stream: string, from: bigint): Promise<LogRecord | undefined> => {
  for await (const record of reader.readStream(stream, { from, maxCount: 1 })) return record;
  return undefined;
};
