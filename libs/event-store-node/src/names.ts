import { textOf, type StreamIdentifier } from '@millwright/esdb-protocol';
import { invalid } from './unary.js';

/** The name in a request; throws `invalid-event` when there is none, or it is not UTF-8. */
export const streamName = (identifier: StreamIdentifier | undefined): string => {
  const name = identifier && textOf(identifier.getStreamName_asU8());
  if (name) return name;
  throw invalid(NAMELESS);
};

export const NAMELESS = 'the request names no stream; expected stream_identifier with a name in UTF-8';
export const UNEXPECTING =
  'the request does not say which revision it expects; expected any, no stream, stream exists or a revision';
