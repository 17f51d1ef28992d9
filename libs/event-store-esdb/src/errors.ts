import { status as grpcStatus, type ServiceError } from '@grpc/grpc-js';
import { CODE_TRAILER, shared, type EndPoint, type Status } from '@millwright/esdb-protocol';
import {
  EventStoreError,
  StreamDeletedError,
  WrongExpectedRevisionError,
  type EventStoreErrorCode,
} from '@millwright/event-store';

/** What a server that knows our codes says, and what it is for a caller here: a log that is closed or locked there is away. */
const TOLD: Readonly<Record<EventStoreErrorCode, EventStoreErrorCode>> = {
  'wrong-expected-revision': 'wrong-expected-revision',
  'event-too-large': 'event-too-large',
  'invalid-event': 'invalid-event',
  unavailable: 'unavailable',
  'deadline-exceeded': 'deadline-exceeded',
  overloaded: 'overloaded',
  closed: 'unavailable',
  corrupt: 'corrupt',
  locked: 'unavailable',
  'disk-full': 'disk-full',
  'read-only': 'read-only',
  'stream-deleted': 'stream-deleted',
  'access-denied': 'access-denied',
  'not-supported': 'not-supported',
};

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
  'access-denied': 'access-denied',
  'maximum-append-size-exceeded': 'event-too-large',
  'maximum-append-event-size-exceeded': 'event-too-large',
};

/** Names of the messages that BatchAppend puts an error's details in. */
const BY_DETAILS: Readonly<Record<string, EventStoreErrorCode>> = {
  AccessDenied: 'access-denied',
  Timeout: 'overloaded',
  BadRequest: 'invalid-event',
  MaximumAppendSizeExceeded: 'event-too-large',
  MaximumAppendEventSizeExceeded: 'event-too-large',
};

const ADVICE: Readonly<Partial<Record<EventStoreErrorCode, string>>> = {
  unavailable: 'the server is away or cannot be reached; repeating an append is harmless',
  'deadline-exceeded': 'the server did not answer in time; repeating an append is harmless',
  'access-denied': 'check user and password in the connection string; they are sent with tls=true only',
  'not-supported': 'is it EventStoreDB, or a log that Millwright serves?',
};

/** What TLS says when the two sides do not agree, and what to do then. */
const TLS_ADVICE: readonly (readonly [RegExp, string])[] = [
  [/wrong version number|packet length too long/i, 'the server speaks no TLS; say tls=false'],
  [/unable to (verify|get)|self[- ]signed/i, 'name the authority that signed its certificate: tlsCAFile=<path>'],
  [/altnames|certificate has expired/i, 'its certificate does not fit the host in the connection string'],
];

/** The server cannot be reached, or says nothing. */
export const isAway = ({ code }: EventStoreError): boolean => code === 'unavailable' || code === 'deadline-exceeded';

/** A failure that passes by itself: the same call may do later. */
export const isPassing = (error: EventStoreError): boolean => isAway(error) || error.code === 'overloaded';

/** Who leads the cluster, when a node says that it does not. */
export const leaderOf = (error: unknown): EndPoint | undefined => {
  if (trailer(error, 'exception') !== 'not-leader') return undefined;
  const address = trailer(error, 'leader-endpoint-host');
  const port = Number(trailer(error, 'leader-endpoint-port'));
  return address !== '' && port > 0 ? { address, port } : undefined;
};

/** What a call of the protocol threw, in the port's terms. `server`, `action`: for the message. */
export const toEventStoreError = (server: string, action: string, error: unknown, stream = ''): EventStoreError => {
  if (error instanceof EventStoreError) return error;
  const { code: status, details, message } = error as Partial<ServiceError>;
  const exception = trailer(error, 'exception');
  if (exception === 'stream-deleted') return new StreamDeletedError(stream || trailer(error, 'stream-name'));
  if (exception === 'wrong-expected-version') {
    const actual = trailer(error, 'actual-version');
    const at = actual === '' || BigInt(actual) < 0n ? 'no-stream' : BigInt(actual);
    return new WrongExpectedRevisionError(stream, expectedText(trailer(error, 'expected-version')), at);
  }
  const told = trailer(error, CODE_TRAILER) as EventStoreErrorCode;
  const code = TOLD[told] ?? BY_EXCEPTION[exception] ?? BY_STATUS[status as grpcStatus] ?? 'unavailable';
  const reason =
    exception === 'not-leader' ? 'another node leads the cluster now' : (details ?? message ?? String(error));
  return new EventStoreError(code, sentence(server, action, reason, code), { cause: error });
};

/** The error within an answer of BatchAppend. */
export const fromStatus = (server: string, stream: string, expected: string, status: Status): EventStoreError => {
  const details = status.getDetails();
  const name = details?.getTypeName().replace('event_store.client.', '') ?? '';
  const unpack = <T>(type: { deserializeBinary(bytes: Uint8Array): T }): T =>
    type.deserializeBinary(details!.getValue_asU8());
  if (name === 'WrongExpectedVersion') {
    const wrong = unpack(shared.WrongExpectedVersion);
    const actual = wrong.hasCurrentStreamRevision() ? BigInt(wrong.getCurrentStreamRevision()) : 'no-stream';
    return new WrongExpectedRevisionError(stream, expected, actual);
  }
  if (name === 'StreamDeleted') return new StreamDeletedError(stream);
  // Our own server begins its message with the code.
  const [, told = '', rest] = /^([a-z-]+): (.*)$/s.exec(status.getMessage()) ?? [];
  const code = TOLD[told as EventStoreErrorCode] ?? BY_DETAILS[name] ?? 'unavailable';
  const message = told in TOLD ? rest! : status.getMessage();
  const reason = name === 'BadRequest' ? unpack(shared.BadRequest).getMessage() : message || name || 'an error';
  return new EventStoreError(code, sentence(server, `append to "${stream}"`, reason, code));
};

const sentence = (server: string, action: string, reason: string, code: EventStoreErrorCode): string => {
  const advice = TLS_ADVICE.find(([pattern]) => code === 'unavailable' && pattern.test(reason))?.[1] ?? ADVICE[code];
  return `${action} at ${server}: ${reason}${advice ? `; ${advice}` : ''}`;
};

const trailer = (error: unknown, name: string): string =>
  (error as Partial<ServiceError>).metadata?.get?.(name)[0]?.toString() ?? '';

/** EventStoreDB's numbers for what is not a revision. */
const expectedText = (number: string): string =>
  ({ '-2': 'any', '-1': 'no-stream', '-4': 'stream-exists' })[number] ?? number;
