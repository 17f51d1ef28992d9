/** What can go wrong with a log; adapters map everything they meet to one of these. */
export type EventStoreErrorCode =
  | 'wrong-expected-revision'
  | 'event-too-large'
  | 'invalid-event'
  | 'unavailable'
  | 'deadline-exceeded'
  | 'overloaded'
  | 'closed'
  | 'corrupt'
  | 'locked'
  | 'disk-full'
  | 'read-only'
  | 'stream-deleted'
  | 'access-denied'
  | 'not-supported';

export class EventStoreError extends Error {
  override readonly name: string = 'EventStoreError';
  readonly code: EventStoreErrorCode;
  constructor(code: EventStoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export class WrongExpectedRevisionError extends EventStoreError {
  override readonly name = 'WrongExpectedRevisionError';
  readonly stream: string;
  readonly expected: string;
  readonly actual: bigint | 'no-stream';
  constructor(stream: string, expected: string, actual: bigint | 'no-stream') {
    super('wrong-expected-revision', `stream "${stream}" is at revision ${actual}, the append expected ${expected}`);
    this.stream = stream;
    this.expected = expected;
    this.actual = actual;
  }
}

/** The stream has been tombstoned. */
export class StreamDeletedError extends EventStoreError {
  override readonly name = 'StreamDeletedError';
  readonly stream: string;
  constructor(stream: string) {
    super('stream-deleted', `stream "${stream}" has been tombstoned, for ever; use another name`);
    this.stream = stream;
  }
}
