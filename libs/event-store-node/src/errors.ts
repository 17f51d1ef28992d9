import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import {
  EventStoreError,
  MAX_APPEND_BYTES,
  StreamDeletedError,
  WrongExpectedRevisionError,
  type EventStoreErrorCode,
} from '@millwright/event-store';
import type { Status } from '@millwright/esdb-protocol';
import { CODE_TRAILER, identifierOf, shared, status } from '@millwright/esdb-protocol';
import { GrpcCode, type GrpcStatus } from './grpc/status.js';

/** EventStoreDB's status for each of our codes; what it has no words for is told by the status and the sentence. */
const STATUS: Readonly<Record<EventStoreErrorCode, GrpcCode>> = {
  'wrong-expected-revision': GrpcCode.FAILED_PRECONDITION,
  'stream-deleted': GrpcCode.FAILED_PRECONDITION,
  'event-too-large': GrpcCode.INVALID_ARGUMENT,
  'invalid-event': GrpcCode.INVALID_ARGUMENT,
  'access-denied': GrpcCode.UNAUTHENTICATED,
  'deadline-exceeded': GrpcCode.DEADLINE_EXCEEDED,
  // Not UNAVAILABLE: the clients would drop the connection, and with it what else is under way.
  overloaded: GrpcCode.ABORTED,
  unavailable: GrpcCode.UNAVAILABLE,
  closed: GrpcCode.UNAVAILABLE,
  locked: GrpcCode.UNAVAILABLE,
  corrupt: GrpcCode.DATA_LOSS,
  'disk-full': GrpcCode.RESOURCE_EXHAUSTED,
  'read-only': GrpcCode.RESOURCE_EXHAUSTED,
  'not-supported': GrpcCode.UNIMPLEMENTED,
};

/** An error as the protocol has it: a status, and trailers that clients make their own errors from. */
export const statusOf = (error: unknown): GrpcStatus => {
  const code = codeOf(error);
  const trailers = { [CODE_TRAILER]: code, ...Object.fromEntries(exceptionOf(error, code)) };
  return { code: STATUS[code], details: sentence(error), trailers };
};

const exceptionOf = (error: unknown, code: EventStoreErrorCode): [string, string][] => {
  if (error instanceof WrongExpectedRevisionError) {
    return [
      ['exception', 'wrong-expected-version'],
      ['stream-name', headerSafe(error.stream)],
      ['expected-version', expectedNumber(error.expected)],
      ['actual-version', error.actual === 'no-stream' ? '' : error.actual.toString()],
    ];
  }
  if (error instanceof StreamDeletedError) {
    return [
      ['exception', 'stream-deleted'],
      ['stream-name', headerSafe(error.stream)],
    ];
  }
  if (code === 'event-too-large') {
    return [
      ['exception', 'maximum-append-size-exceeded'],
      ['maximum-append-size', `${MAX_APPEND_BYTES}`],
    ];
  }
  return code === 'access-denied' ? [['exception', 'access-denied']] : [];
};

/** The same error within an answer of BatchAppend. */
export const toStatus = (error: unknown): Status => {
  const code = codeOf(error);
  const [name, details] = packed(error, code);
  const value = new any.Any();
  value.pack(details.serializeBinary(), name);
  return new status.Status()
    .setCode(STATUS[code] as never)
    .setMessage(`${code}: ${sentence(error)}`)
    .setDetails(value);
};

interface Packable {
  serializeBinary(): Uint8Array;
}

const packed = (error: unknown, code: EventStoreErrorCode): [name: string, details: Packable] => {
  const named = (name: string, details: Packable): [string, Packable] => [`event_store.client.${name}`, details];
  if (error instanceof WrongExpectedRevisionError) return named('WrongExpectedVersion', wrongExpectedVersion(error));
  if (error instanceof StreamDeletedError) {
    return named('StreamDeleted', new shared.StreamDeleted().setStreamIdentifier(identifierOf(error.stream)));
  }
  switch (code) {
    case 'event-too-large':
      return named(
        'MaximumAppendSizeExceeded',
        new shared.MaximumAppendSizeExceeded().setMaxappendsize(MAX_APPEND_BYTES),
      );
    case 'access-denied':
      return named('AccessDenied', new shared.AccessDenied());
    case 'deadline-exceeded':
    case 'overloaded':
      return named('Timeout', new shared.Timeout());
    case 'invalid-event':
      return named('BadRequest', new shared.BadRequest().setMessage(sentence(error)));
    default:
      return named('Unknown', new shared.Unknown());
  }
};

const wrongExpectedVersion = ({ expected, actual }: WrongExpectedRevisionError): Packable => {
  const details = new shared.WrongExpectedVersion();
  if (actual === 'no-stream') details.setCurrentNoStream(new empty.Empty());
  else details.setCurrentStreamRevision(actual.toString());
  if (expected === 'any') details.setExpectedAny(new empty.Empty());
  else if (expected === 'no-stream') details.setExpectedNoStream(new empty.Empty());
  else if (expected === 'stream-exists') details.setExpectedStreamExists(new empty.Empty());
  else details.setExpectedStreamPosition(expected);
  return details;
};

const codeOf = (error: unknown): EventStoreErrorCode => {
  if (error instanceof EventStoreError) return error.code;
  // A mistake of the caller in the port's terms: a count that is none, a pattern that is none.
  return error instanceof RangeError || error instanceof SyntaxError ? 'invalid-event' : 'unavailable';
};

/** Trailers are ASCII; a name that is not goes as the official server would send it, each byte a character. */
const headerSafe = (text: string): string =>
  Buffer.from(text, 'utf8')
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, '?');

/** EventStoreDB's numbers for what is not a revision. */
const expectedNumber = (expected: string): string =>
  ({ any: '-2', 'no-stream': '-1', 'stream-exists': '-4' })[expected] ?? expected;

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));
