import type { EventFilter } from '@millwright/event-store';
import { derivedStream, factsStream, PLANT_PREFIXES, type AssetId } from '@millwright/events';

/** Which of the plant's events are meant. */
export interface EventChoice {
  readonly under?: AssetId | undefined;
  readonly types?: readonly string[] | undefined;
}

/** As the store filters it; prefixes of names also let siblings through (`s1` and `s10`): {@link isUnder} settles that. */
export const storeFilter = ({ under, types }: EventChoice): EventFilter => ({
  streamPrefixes: under === undefined ? PLANT_PREFIXES : [factsStream(under), derivedStream(under)],
  ...(types && { types }),
});

/** Whether a stream of the plant belongs to an asset at or below the path; without path every one does. */
export const isUnder = (under: AssetId | undefined): ((stream: string) => boolean) => {
  if (under === undefined) return () => true;
  const prefixes = [factsStream(under), derivedStream(under)];
  return (stream) =>
    prefixes.some(
      (prefix) => stream.startsWith(prefix) && (stream.length === prefix.length || stream[prefix.length] === '/'),
    );
};
