import { CommandError, type CommandErrorCode } from '@millwright/actor-host';
import { EventStoreError, type EventStoreErrorCode } from '@millwright/event-store';
import { MomentError } from '@millwright/read-model';

/** `extensions.code` of every error; clients may switch over it. */
export type ErrorCode =
  'NOT_FOUND' | 'INVALID' | 'CONFLICT' | 'OUT_OF_RANGE' | 'TOO_COMPLEX' | 'UNAVAILABLE' | 'INTERNAL';

/** An error that the client is told as it stands. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

// Records, not switches: a code that another room adds does not compile until it is mapped.
const BY_COMMAND: Readonly<Record<CommandErrorCode, ErrorCode>> = {
  'not-found': 'NOT_FOUND',
  invalid: 'INVALID',
  conflict: 'CONFLICT',
};
const BY_MOMENT: Readonly<Record<MomentError['code'], ErrorCode>> = {
  'before-start': 'OUT_OF_RANGE',
  'after-head': 'OUT_OF_RANGE',
  'outside-fork': 'OUT_OF_RANGE',
};
const BY_STORE: Readonly<Record<EventStoreErrorCode, ErrorCode>> = {
  'wrong-expected-revision': 'CONFLICT',
  'event-too-large': 'INVALID',
  'invalid-event': 'INVALID',
  unavailable: 'UNAVAILABLE',
  'deadline-exceeded': 'UNAVAILABLE',
  overloaded: 'UNAVAILABLE',
  closed: 'UNAVAILABLE',
  corrupt: 'UNAVAILABLE',
  locked: 'UNAVAILABLE',
  'disk-full': 'UNAVAILABLE',
  'read-only': 'UNAVAILABLE',
  'stream-deleted': 'INVALID',
  'access-denied': 'UNAVAILABLE',
  'not-supported': 'INVALID',
};

/** The code of an error that is meant for clients, undefined for any other: a defect. */
export const codeOf = (error: unknown): ErrorCode | undefined => {
  if (error instanceof ApiError) return error.code;
  if (error instanceof CommandError) return BY_COMMAND[error.code];
  if (error instanceof MomentError) return BY_MOMENT[error.code];
  if (error instanceof EventStoreError) return BY_STORE[error.code];
  return undefined;
};
