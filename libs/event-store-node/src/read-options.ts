import type { EventFilter, Position, Revision } from '@millwright/event-store';
import { streams, type ReadReq } from '@millwright/esdb-protocol';
import { streamName } from './names.js';
import { invalid } from './unary.js';

/** A place in a stream or the log, as requests name it. */
export type Place<T> = 'start' | 'end' | T;

export interface StreamSource {
  readonly kind: 'stream';
  readonly stream: string;
  readonly from: Place<Revision>;
}

export interface AllSource {
  readonly kind: 'all';
  readonly from: Place<Position>;
  readonly filter: EventFilter | undefined;
}

/** What a `ReadReq` asks for. */
export interface ReadRequest {
  readonly source: StreamSource | AllSource;
  readonly direction: 'forwards' | 'backwards';
  /** Undefined: a subscription. */
  readonly maxCount: number | undefined;
  /** Events that a filtered subscription looks through between two checkpoints. */
  readonly checkpointInterval: number;
  readonly structuredUuids: boolean;
  /** The client knows the messages that came with version 21.10: first and last revision of a stream. */
  readonly knowsPositions: boolean;
}

/** EventStoreDB's default for a filter without a window. */
const DEFAULT_WINDOW = 32;

/** Reads a request. Throws `invalid-event` with a sentence. */
export const parseReadRequest = (request: ReadReq): ReadRequest => {
  const options = request.getOptions();
  if (!options) throw invalid('the read request has no options');
  const all = options.getAll();
  const stream = options.getStream();
  if (!all && !stream) throw invalid('the read request names neither a stream nor $all');
  const filter = options.getFilter();
  if (filter && !all) throw invalid('only $all can be read with a filter');
  return {
    source: all
      ? { kind: 'all', from: positionOf(all), filter: filter && filterOf(filter) }
      : { kind: 'stream', stream: streamName(stream!.getStreamIdentifier()), from: revisionOf(stream!) },
    direction:
      options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS ? 'backwards' : 'forwards',
    maxCount: options.hasSubscription() ? undefined : countOf(options),
    checkpointInterval: filter
      ? (filter.hasMax() ? filter.getMax() : DEFAULT_WINDOW) * Math.max(1, filter.getCheckpointintervalmultiplier())
      : Infinity,
    structuredUuids: options.getUuidOption()?.hasStructured() ?? false,
    knowsPositions: (options.getControlOption()?.getCompatibility() ?? 0) >= 1,
  };
};

const countOf = (options: ReadReq.Options): number => {
  if (!options.hasCount())
    throw invalid('the read request says neither how many events, nor that it is a subscription');
  return Number(options.getCount());
};

const revisionOf = (options: ReadReq.Options.StreamOptions): Place<Revision> => {
  if (options.hasRevision()) return BigInt(options.getRevision());
  return options.hasEnd() ? 'end' : 'start';
};

const positionOf = (options: ReadReq.Options.AllOptions): Place<Position> => {
  const position = options.getPosition();
  if (position) return BigInt(position.getCommitPosition());
  return options.hasEnd() ? 'end' : 'start';
};

const filterOf = (options: ReadReq.Options.FilterOptions): EventFilter => {
  const stream = options.getStreamIdentifier();
  const type = options.getEventType();
  const expression = stream ?? type;
  if (!expression) throw invalid('the filter says neither stream_identifier nor event_type');
  const pattern = expression.getRegex();
  if (pattern !== '') {
    checkPattern(pattern);
    return stream ? { streamPattern: pattern } : { typePattern: pattern };
  }
  const prefixes = expression.getPrefixList();
  return stream ? { streamPrefixes: prefixes } : { typePrefixes: prefixes };
};

const checkPattern = (pattern: string): void => {
  try {
    new RegExp(pattern, 'u');
  } catch (error) {
    throw invalid(`the filter's regex ${JSON.stringify(pattern)} cannot be used: ${(error as Error).message}`);
  }
};
