import type { Position, Revision } from '../event-store.port.js';
import type { LogRecord, NewRecord, Payload } from '../record-log.port.js';
import { isKept, type Retention } from '../retention.js';

/** Positions are opaque: with steps between them, arithmetic on them shows in tests. */
const POSITION_STEP = 10n;

export interface MemoryStream {
  readonly records: LogRecord[];
  readonly byId: Map<string, LogRecord>;
  last: Revision | undefined;
  retention: Retention;
  tombstoned: boolean;
}

export const newStream = (): MemoryStream => ({
  records: [],
  byId: new Map(),
  last: undefined,
  retention: {},
  tombstoned: false,
});

/** What outlives a log in memory that is closed. */
export class MemoryDisk {
  log: LogRecord[] = [];
  readonly streams = new Map<string, MemoryStream>();
  /** Last position that a scavenge has removed an event at. */
  removedUpTo: Position | undefined;
  private lastPosition: Position | undefined;
  private recordedAt = 0;

  get head(): Position | undefined {
    return this.lastPosition;
  }

  write(stream: string, target: MemoryStream, records: readonly NewRecord[], now: number): LogRecord[] {
    this.recordedAt = Math.max(this.recordedAt, now);
    const written = records.map((record): LogRecord => {
      const position = (this.lastPosition = (this.lastPosition ?? 0n) + POSITION_STEP);
      const revision = (target.last = target.last === undefined ? 0n : target.last + 1n);
      const [data, metadata] = [copyOf(record.data), copyOf(record.metadata)];
      return { ...record, data, metadata, stream, revision, position, recordedAt: this.recordedAt };
    });
    this.streams.set(stream, target);
    target.records.push(...written);
    for (const record of written) target.byId.set(record.id, record);
    this.log.push(...written);
    return written;
  }

  isShown(record: LogRecord, now: number): boolean {
    const { retention, last, tombstoned } = this.streams.get(record.stream)!;
    return !tombstoned && isKept(retention, record, last!, now);
  }

  /** Gives how many events have been removed. */
  scavenge(now: number): number {
    const hidden = new Set(this.log.filter((record) => !this.isShown(record, now)));
    this.log = this.log.filter((record) => !hidden.has(record));
    for (const { stream, id, position } of hidden) {
      const target = this.streams.get(stream)!;
      // What is hidden of a stream is its beginning.
      target.records.shift();
      target.byId.delete(id);
      if (this.removedUpTo === undefined || position > this.removedUpTo) this.removedUpTo = position;
    }
    return hidden.size;
  }
}

const copyOf = (payload: Payload): Payload => (typeof payload === 'string' ? payload : new Uint8Array(payload));
