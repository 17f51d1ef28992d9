import type { LogRecord, Position } from '@millwright/event-store';
import type { EsdbReader } from './reader.js';

/** Events looked at before the place that is known to be too late. */
const PAGE = 64;

/**
 * Last position recorded at or before the time. $all cannot be begun at any byte, but a stream at any revision, and its events know their
 * place in the log: of the streams that the last events before a too late place belong to, the longest is bisected; its first event beyond
 * the time is the next too late place, and most often a page away from the one that is wanted.
 */
export const positionAt = async (
  reader: Pick<EsdbReader, 'readBefore' | 'readStream'>,
  time: number,
): Promise<Position | undefined> => {
  let tooLate: Position | undefined;
  for (;;) {
    let longest: LogRecord | undefined;
    let oldest: LogRecord | undefined;
    for await (const record of reader.readBefore(tooLate, PAGE)) {
      if (record.recordedAt <= time) return record.position;
      if (!longest || record.revision > longest.revision) longest = record;
      oldest = record;
    }
    if (!longest || !oldest) return undefined;
    const beyond = await firstBeyond(reader, longest, time);
    tooLate = beyond < oldest.position ? beyond : oldest.position;
  }
};

/** Position of the first event of the record's stream that is beyond the time, as the record is. */
const firstBeyond = async (
  reader: Pick<EsdbReader, 'readStream'>,
  { stream, revision, position }: LogRecord,
  time: number,
): Promise<Position> => {
  let place = position;
  let low = 0n;
  for (let high = revision; low < high;) {
    const middle = (low + high) / 2n;
    const event = await firstFrom(reader, stream, middle);
    if (event && event.recordedAt <= time) low = event.revision + 1n;
    else {
      // What retention hides is passed over: the first event to be seen from there.
      if (event && event.revision <= high) place = event.position;
      high = middle;
    }
  }
  return place;
};

const firstFrom = async (
  reader: Pick<EsdbReader, 'readStream'>,
  stream: string,
  from: bigint,
): Promise<LogRecord | undefined> => {
  for await (const record of reader.readStream(stream, { from, maxCount: 1 })) return record;
  return undefined;
};
