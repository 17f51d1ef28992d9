import type { EventFilter, RecordedEvent } from './event-store.port.js';

export type EventMatcher = (event: Pick<RecordedEvent, 'stream' | 'type'>) => boolean;

/** Whether a stream is the log's own. */
export const isSystemStream = (stream: string): boolean => stream.startsWith('$');

/** Whether events of the stream may pass the filter. */
export const streamMatcher = ({
  streamPrefixes,
  streamPattern,
  excludeSystem,
}: EventFilter): ((stream: string) => boolean) | undefined => {
  if (!streamPrefixes && streamPattern === undefined && !excludeSystem) return undefined;
  const pattern = patternOf(streamPattern);
  return (stream) =>
    !(excludeSystem && isSystemStream(stream)) &&
    (!streamPrefixes || streamPrefixes.some((prefix) => stream.startsWith(prefix))) &&
    (!pattern || pattern.test(stream));
};

/** Whether events of the type may pass the filter. */
export const typeMatcher = ({
  types,
  typePrefixes,
  typePattern,
}: EventFilter): ((type: string) => boolean) | undefined => {
  if (!types && !typePrefixes && typePattern === undefined) return undefined;
  const wanted = types && new Set(types);
  const pattern = patternOf(typePattern);
  return (type) =>
    (!wanted || wanted.has(type)) &&
    (!typePrefixes || typePrefixes.some((prefix) => type.startsWith(prefix))) &&
    (!pattern || pattern.test(type));
};

/** Whether an event passes the filter; without filter every one does. Throws SyntaxError for a pattern that is none. */
export const matcher = (filter: EventFilter = {}): EventMatcher => {
  const stream = streamMatcher(filter);
  const type = typeMatcher(filter);
  return (event) => (!stream || stream(event.stream)) && (!type || type(event.type));
};

const patternOf = (source: string | undefined): RegExp | undefined =>
  source === undefined ? undefined : new RegExp(source, 'u');
