import type { EventStore } from '@millwright/event-store';
import { factsStream, type AssetId, type SamplesRecorded } from '@millwright/events';

/** Events looked at, newest first; beyond that the gateway counts from 0 again. */
const MAX_EVENTS_READ = 10_000;

/** The number of the gateway's next sample of the asset: after the last one that the log has of it. */
export const nextSequence = async (
  store: Pick<EventStore, 'readStream'>,
  asset: AssetId,
  gateway: string,
): Promise<number> => {
  const newestFirst = store.readStream(factsStream(asset), { direction: 'backwards', maxCount: MAX_EVENTS_READ });
  for await (const { type, data } of newestFirst) {
    if (type !== 'SamplesRecorded') continue;
    const recorded = data as SamplesRecorded;
    if (recorded.gateway === gateway) return recorded.sequence + recorded.signal.length;
  }
  return 0;
};
