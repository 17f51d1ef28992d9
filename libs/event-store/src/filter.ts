import type { EventFilter, RecordedEvent } from './event-store.port.js';

export type EventMatcher = (event: Pick<RecordedEvent, 'stream' | 'type'>) => boolean;

/** Whether an event passes the filter; without filter every one does. */
export const matcher = ({ streamPrefixes, types }: EventFilter = {}): EventMatcher => {
  const wanted = types && new Set(types);
  return ({ stream, type }) =>
    (!wanted || wanted.has(type)) && (!streamPrefixes || streamPrefixes.some((prefix) => stream.startsWith(prefix)));
};
