import { identifierOf, shared, streams, type ReadReq } from '@millwright/esdb-protocol';
import type { Direction, EventFilter, Position, Revision } from '@millwright/event-store';

type Options = ReadReq.Options;

/** Events that a filtered subscription looks through between two checkpoints. */
const CHECKPOINT_EVENTS = 1_000;

/** The largest count of the official clients. */
const NO_LIMIT = '9223372036854775807';

const { FORWARDS, BACKWARDS } = streams.ReadReq.Options.ReadDirection;

const request = (
  direction: Direction,
  count: number | 'subscription',
  source: (options: Options) => Options,
): ReadReq => {
  const options = source(new streams.ReadReq.Options())
    .setReadDirection(direction === 'forwards' ? FORWARDS : BACKWARDS)
    .setResolveLinks(false)
    .setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()));
  if (count === 'subscription') options.setSubscription(new streams.ReadReq.Options.SubscriptionOptions());
  else options.setCount(count === Infinity ? NO_LIMIT : `${count}`);
  return new streams.ReadReq().setOptions(options);
};

/** `from`: inclusive; undefined: the first event forwards, the last one backwards. */
export const streamRequest = (
  stream: string,
  direction: Direction,
  from: Revision | undefined,
  count: number,
): ReadReq =>
  request(direction, count, (options) => {
    const source = new streams.ReadReq.Options.StreamOptions().setStreamIdentifier(identifierOf(stream));
    if (from !== undefined) source.setRevision(from.toString());
    else if (direction === 'forwards') source.setStart(new shared.Empty());
    else source.setEnd(new shared.Empty());
    return options.setStream(source).setNoFilter(new shared.Empty());
  });

/** `from`: inclusive forwards, exclusive backwards, as the protocol has it; for a subscription exclusive. */
export const allRequest = (
  direction: Direction,
  from: Position | undefined,
  count: number | 'subscription',
  filter: EventFilter | undefined,
): ReadReq =>
  request(direction, count, (options) => {
    const source = new streams.ReadReq.Options.AllOptions();
    // Before the first event there is no position that a real server takes.
    if (from !== undefined && (from > 0n || direction === 'backwards')) {
      const place = from.toString();
      source.setPosition(new streams.ReadReq.Options.Position().setCommitPosition(place).setPreparePosition(place));
    } else if (direction === 'forwards') source.setStart(new shared.Empty());
    else source.setEnd(new shared.Empty());
    const filtered = filter && serverFilter(filter);
    return filtered
      ? options.setAll(source).setFilter(filtered)
      : options.setAll(source).setNoFilter(new shared.Empty());
  });

/** The part of a filter that the protocol can express: one condition. It lets pass at least what the whole filter does. */
const serverFilter = (filter: EventFilter): ReadReq.Options.FilterOptions | undefined => {
  const { Expression } = streams.ReadReq.Options.FilterOptions;
  const options = new streams.ReadReq.Options.FilterOptions()
    .setMax(CHECKPOINT_EVENTS)
    .setCheckpointintervalmultiplier(1);
  const { streamPrefixes, types, typePrefixes, excludeSystem } = filter;
  if (narrows(streamPrefixes)) {
    return options.setStreamIdentifier(new Expression().setPrefixList([...streamPrefixes]));
  }
  if (types) return options.setEventType(new Expression().setRegex(`^(${types.map(escape).join('|')})$`));
  if (narrows(typePrefixes)) return options.setEventType(new Expression().setPrefixList([...typePrefixes]));
  if (excludeSystem) return options.setStreamIdentifier(new Expression().setRegex('^[^$]'));
  return undefined;
};

/** Whether the server can be told a part of the filter. */
export const isNarrowed = (filter: EventFilter): boolean => serverFilter(filter) !== undefined;

/** Whether the server lets pass exactly what the filter does. */
export const isServerFilter = (filter: EventFilter = {}): boolean => {
  const { streamPrefixes, types, typePrefixes, streamPattern, typePattern, excludeSystem } = filter;
  if (streamPattern !== undefined || typePattern !== undefined) return false;
  const named = narrows(streamPrefixes) && !streamPrefixes.some((prefix) => prefix.startsWith('$'));
  const conditions = [narrows(streamPrefixes), types !== undefined, narrows(typePrefixes), excludeSystem && !named];
  return conditions.filter(Boolean).length <= 1;
};

/** Whether the filter cannot be met; the protocol would take an empty list for no condition. */
export const letsNothingPass = ({ streamPrefixes, types, typePrefixes }: EventFilter = {}): boolean =>
  [streamPrefixes, types, typePrefixes].some((list) => list?.length === 0);

/** A list with the empty prefix lets everything pass. */
const narrows = (prefixes: readonly string[] | undefined): prefixes is readonly string[] =>
  prefixes !== undefined && !prefixes.includes('');

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
