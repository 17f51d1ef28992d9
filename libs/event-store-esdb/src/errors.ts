import { status as grpcStatus, type ServiceError } from '@grpc/grpc-js';
import { CODE_TRAILER, shared, type Status } from '@millwright/esdb-protocol';
import {
  EventStoreError,
  StreamDeletedError,
  WrongExpectedRevisionError,
  type EventStoreErrorCode,
} from '@millwright/event-store';

const CODES = new Set<EventStoreErrorCode>([
  'wrong-expected-revision',
  'event-too-large',
  'invalid-event',
  'unavailable',
  'deadline-exceeded',
  'overloaded',
  'closed',
  'corrupt',
  'locked',
  'disk-full',
  'read-only',
  'stream-deleted',
  'access-denied',
  'not-supported',
]);

const BY_STATUS: Readonly<Partial<Record<grpcStatus, EventStoreErrorCode>>> = {
  [grpcStatus.DEADLINE_EXCEEDED]: 'deadline-exceeded',
  [grpcStatus.ABORTED]: 'overloaded',
  [grpcStatus.INVALID_ARGUMENT]: 'invalid-event',
  [grpcStatus.PERMISSION_DENIED]: 'access-denied',
  [grpcStatus.UNAUTHENTICATED]: 'access-denied',
  [grpcStatus.UNIMPLEMENTED]: 'not-supported',
  [grpcStatus.DATA_LOSS]: 'corrupt',
};

const BY_EXCEPTION: Readonly<Record<string, EventStoreErrorCode>> = {
  'stream-deleted': 'stream-deleted',
  'access-denied': 'access-denied',
  'maximum-append-size-exceeded': 'event-too-large',
  'maximum-append-event-size-exceeded': 'event-too-large',
};

const ADVICE: Readonly<Partial<Record<EventStoreErrorCode, string>>> = {
  unavailable: 'the server is away or cannot be reached; repeating an append is harmless',
  'deadline-exceeded': 'the server did not answer in time; repeating an append is harmless',
  'access-denied': 'check user and password in the connection string; they are sent with tls=true only',
};

/** A failure that passes by itself: the same call may do later. */
export const isPassing = (error: EventStoreError): boolean =>
  error.code === 'unavailable' ||
  error.code === 'deadline-exceeded' ||
  error.code === 'overloaded' ||
  error.code === 'locked';

/** What a call of the protocol threw, in the port's terms. `server`, `action`: for the message. */
export const toEventStoreError = (server: string, action: string, error: unknown, stream = ''): EventStoreError => {
  if (error instanceof EventStoreError) return error;
  const { code: status, metadata, details, message } = error as Partial<ServiceError>;
  const trailer = (name: string): string => metadata?.get?.(name)[0]?.toString() ?? '';
  const exception = trailer('exception');
  if (exception === 'stream-deleted') return new StreamDeletedError(stream || trailer('stream-name'));
  if (exception === 'wrong-expected-version') {
    const actual = trailer('actual-version');
    const at = actual === '' || actual === '-1' ? 'no-stream' : BigInt(actual);
    return new WrongExpectedRevisionError(stream, expectedText(trailer('expected-version')), at);
  }
  const told = trailer(CODE_TRAILER) as EventStoreErrorCode;
  const code = CODES.has(told) ? told : (BY_EXCEPTION[exception] ?? BY_STATUS[status as grpcStatus] ?? 'unavailable');
  return new EventStoreError(code, sentence(server, action, details ?? message ?? String(error), code), {
    cause: error,
  });
};

/** The error within an answer of BatchAppend. */
export const fromStatus = (server: string, stream: string, expected: string, status: Status): EventStoreError => {
  const details = status.getDetails();
  const name = details?.getTypeName().replace('event_store.client.', '');
  const unpack = <T>(type: { deserializeBinary(bytes: Uint8Array): T }): T =>
    type.deserializeBinary(details!.getValue_asU8());
  if (name === 'WrongExpectedVersion') {
    const wrong = unpack(shared.WrongExpectedVersion);
    const actual = wrong.hasCurrentStreamRevision() ? BigInt(wrong.getCurrentStreamRevision()) : 'no-stream';
    return new WrongExpectedRevisionError(stream, expected, actual);
  }
  if (name === 'StreamDeleted') return new StreamDeletedError(stream);
  const told = /^([a-z-]+): /.exec(status.getMessage())?.[1] as EventStoreErrorCode | undefined;
  const code = told && CODES.has(told) ? told : (BY_DETAILS[name ?? ''] ?? 'unavailable');
  const reason =
    name === 'BadRequest' ? unpack(shared.BadRequest).getMessage() : status.getMessage() || (name ?? 'an error');
  return new EventStoreError(code, sentence(server, `append to "${stream}"`, reason, code));
};

const BY_DETAILS: Readonly<Record<string, EventStoreErrorCode>> = {
  AccessDenied: 'access-denied',
  Timeout: 'overloaded',
  BadRequest: 'invalid-event',
  MaximumAppendSizeExceeded: 'event-too-large',
  MaximumAppendEventSizeExceeded: 'event-too-large',
};

const sentence = (server: string, action: string, reason: string, code: EventStoreErrorCode): string => {
  const advice = ADVICE[code];
  return `${action} at ${server}: ${reason}${advice ? `; ${advice}` : ''}`;
};

const expectedText = (number: string): string =>
  ({ '-2': 'any', '-1': 'no-stream', '-4': 'stream-exists' })[number] ?? number;
