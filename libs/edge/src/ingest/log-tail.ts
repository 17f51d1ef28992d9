import type { EventStore } from '@millwright/event-store';
import { factsStream, sampleAt, type AssetId, type SampleValue, type SamplesRecorded } from '@millwright/events';

/** Events looked at, newest first; beyond that the gateway counts from 0 again. */
const MAX_EVENTS_READ = 10_000;
/** How far back from the stream's end a device may still send again what the log has, samples and milliseconds. */
const MAX_RECENT_SAMPLES = 10_000;
const RECENT_MS = 60_000;

/** The last samples of one signal in the log, by source time and value. */
export class RecentSamples {
  private readonly keys = new Set<string>();
  private newest = Number.NEGATIVE_INFINITY;

  add(sourceTime: number, value: SampleValue): void {
    this.keys.add(`${sourceTime} ${value}`);
    this.newest = Math.max(this.newest, sourceTime);
  }

  /** Whether the log has the sample; each one that it has is found once. */
  take(sourceTime: number, value: SampleValue): boolean {
    return this.keys.delete(`${sourceTime} ${value}`);
  }

  /** Whether a sample of that time says that all of these have been sent again by now. */
  isPast(sourceTime: number): boolean {
    return sourceTime > this.newest + RECENT_MS;
  }
}

/** What an asset's stream tells the gateway that goes on with it. */
export interface LogTail {
  /** Number of the gateway's next sample. */
  readonly sequence: number;
  /** The gateway's last samples, by signal name: what a crash kept from being acknowledged comes again. */
  readonly recent: ReadonlyMap<string, RecentSamples>;
}

/** Reads the stream backwards, a bounded way. */
export const readLogTail = async (
  store: Pick<EventStore, 'readStream'>,
  asset: AssetId,
  gateway: string,
): Promise<LogTail> => {
  const recent = new Map<string, RecentSamples>();
  let sequence: number | undefined;
  let oldest = 0;
  let kept = 0;
  const newestFirst = store.readStream(factsStream(asset), { direction: 'backwards', maxCount: MAX_EVENTS_READ });
  for await (const { type, data, metadata } of newestFirst) {
    if (type !== 'SamplesRecorded' || (data as SamplesRecorded).gateway !== gateway) continue;
    const recorded = data as SamplesRecorded;
    if (sequence === undefined) {
      sequence = recorded.sequence + recorded.signal.length;
      oldest = metadata.time - RECENT_MS;
    }
    kept += recorded.signal.length;
    if (metadata.time < oldest || kept > MAX_RECENT_SAMPLES) break;
    keep(recorded, metadata.time, recent);
  }
  return { sequence: sequence ?? 0, recent };
};

const keep = (recorded: SamplesRecorded, time: number, recent: Map<string, RecentSamples>): void => {
  for (let i = 0; i < recorded.signal.length; i++) {
    const { signal, sourceTime, value } = sampleAt(recorded, i, time);
    let ofSignal = recent.get(signal);
    if (!ofSignal) recent.set(signal, (ofSignal = new RecentSamples()));
    ofSignal.add(sourceTime, value);
  }
};
