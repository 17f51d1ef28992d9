import type { AssetLane } from './asset-lane.js';
import type { IngestCounters } from './connection-sink.js';

export interface IngestHealth {
  readonly state: 'up' | 'degraded' | 'down';
  /** A sentence for people. */
  readonly detail: string;
}

/** A write that lasts longer says that the log is in trouble, milliseconds. */
const SLOW_WRITE_MS = 5_000;

export const ingestHealth = (
  lanes: readonly AssetLane[],
  { queued, stored }: IngestCounters,
  capacity: number,
  closed: boolean,
): IngestHealth => {
  const failing = lanes.filter((lane) => lane.trouble !== undefined);
  if (failing.length > 0) {
    const { asset, tries, message } = failing[0]!.trouble!;
    const others = failing.length > 1 ? ` and ${failing.length - 1} more assets` : '';
    const waiting = `${queued} samples wait, none is lost while their devices can wait`;
    const detail = `writing to "${asset}"${others} fails (${tries} tries): ${message}; ${waiting}; look at the log's health`;
    return { state: 'down', detail };
  }
  if (closed) return { state: 'down', detail: 'closed; restart the server to take samples again' };
  const slowest = Math.max(0, ...lanes.map((lane) => lane.writingForMs));
  if (slowest > SLOW_WRITE_MS) {
    const seconds = Math.round(slowest / 1000);
    return {
      state: 'degraded',
      detail: `the log has not answered for ${seconds} s; ${queued} samples wait; look at the log's health`,
    };
  }
  if (queued * 2 > capacity) {
    const detail = `${queued} samples wait for the log, room is for ${capacity}; samples of devices that cannot wait are refused beyond that`;
    return { state: 'degraded', detail };
  }
  return { state: 'up', detail: `${stored} samples stored, ${queued} on their way to the log` };
};
