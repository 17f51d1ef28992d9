import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { shared, status as statusMessages } from '@millwright/esdb-protocol';
import { StreamDeletedError, WrongExpectedRevisionError } from '@millwright/event-store';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import { describe, expect, test } from 'vitest';
import { fromStatus, isPassing, leaderOf, toEventStoreError } from './errors.js';

const serviceError = (code: status, details: string, trailers: Record<string, string> = {}): ServiceError => {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
  return Object.assign(new Error(`${code}: ${details}`), { code, details, metadata });
};

describe('what a call throws', () => {
  test.each<[name: string, error: unknown, code: string, passing: boolean, message: RegExp]>([
    ['UNAVAILABLE', serviceError(status.UNAVAILABLE, 'ECONNREFUSED'), 'unavailable', true, /ECONNREFUSED; .*harmless/],
    ['CANCELLED by the server', serviceError(status.CANCELLED, 'gone'), 'unavailable', true, /gone/],
    ['a deadline', serviceError(status.DEADLINE_EXCEEDED, 'late'), 'deadline-exceeded', true, /did not answer in time/],
    ['ABORTED', serviceError(status.ABORTED, 'busy'), 'overloaded', true, /busy/],
    ['no rights', serviceError(status.PERMISSION_DENIED, 'no'), 'access-denied', false, /check user and password/],
    ['no user', serviceError(status.UNAUTHENTICATED, 'no'), 'access-denied', false, /check user and password/],
    ['no such method', serviceError(status.UNIMPLEMENTED, 'no'), 'not-supported', false, /is it EventStoreDB/],
    ['an exception', serviceError(status.UNKNOWN, 'no', { exception: 'access-denied' }), 'access-denied', false, /no/],
    [
      'disk-full',
      serviceError(status.RESOURCE_EXHAUSTED, 'full', { 'millwright-code': 'disk-full' }),
      'disk-full',
      false,
      /full/,
    ],
    [
      'closed',
      serviceError(status.UNAVAILABLE, 'closing', { 'millwright-code': 'closed' }),
      'unavailable',
      true,
      /closing/,
    ],
    [
      'locked',
      serviceError(status.UNAVAILABLE, 'locked', { 'millwright-code': 'locked' }),
      'unavailable',
      true,
      /locked/,
    ],
    ['no TLS', serviceError(status.UNAVAILABLE, 'SSL: wrong version number'), 'unavailable', true, /say tls=false/],
    [
      'TLS of a stranger',
      serviceError(status.UNAVAILABLE, 'self-signed certificate'),
      'unavailable',
      true,
      /tlsCAFile=<path>/,
    ],
    ['something else', new TypeError('odd'), 'unavailable', true, /odd/],
  ])('%s', (_, error, code, passing, message) => {
    const known = toEventStoreError('esdb://host', 'append to "s"', error);
    expect(known).toMatchObject({ code, message: expect.stringMatching(message), cause: error });
    expect(known.message).toMatch(/^append to "s" at esdb:\/\/host: /);
    expect(isPassing(known)).toBe(passing);
  });

  test('a tombstoned stream and a wrong revision are errors of their own', () => {
    const deleted = serviceError(status.FAILED_PRECONDITION, '', { exception: 'stream-deleted', 'stream-name': 't' });
    expect(toEventStoreError('x', 'read', deleted)).toMatchObject({ stream: 't' });
    expect(toEventStoreError('x', 'read', deleted, 'straße')).toBeInstanceOf(StreamDeletedError);
    const wrong = (expected: string, actual: string): unknown =>
      toEventStoreError(
        'x',
        'delete',
        serviceError(status.FAILED_PRECONDITION, '', {
          exception: 'wrong-expected-version',
          'expected-version': expected,
          'actual-version': actual,
        }),
        's',
      );
    expect(wrong('-1', '7')).toMatchObject({ stream: 's', expected: 'no-stream', actual: 7n });
    expect(wrong('3', '')).toMatchObject({ expected: '3', actual: 'no-stream' });
    expect(wrong('-4', '-1')).toMatchObject({ expected: 'stream-exists', actual: 'no-stream' });
  });

  test('another leader is told, with its address', () => {
    const moved = serviceError(status.NOT_FOUND, 'leader info available', {
      exception: 'not-leader',
      'leader-endpoint-host': 'b.plant',
      'leader-endpoint-port': '2113',
    });
    expect(leaderOf(moved)).toEqual({ address: 'b.plant', port: 2113 });
    expect(toEventStoreError('x', 'append', moved)).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/another node leads/),
    });
    expect(leaderOf(serviceError(status.UNAVAILABLE, 'gone'))).toBeUndefined();
  });
});

describe('what an answer of BatchAppend says', () => {
  const answer = (name: string, message: string, details?: { serializeBinary(): Uint8Array }): unknown => {
    const packed = new any.Any();
    packed.pack(details?.serializeBinary() ?? new Uint8Array(), `event_store.client.${name}`);
    return fromStatus('x', 's', 'any', new statusMessages.Status().setMessage(message).setDetails(packed));
  };

  test.each<[name: string, message: string, code: string, text: RegExp]>([
    ['AccessDenied', '', 'access-denied', /append to "s" at x: AccessDenied/],
    ['Timeout', 'busy', 'overloaded', /busy/],
    ['MaximumAppendSizeExceeded', 'too large', 'event-too-large', /too large/],
    ['Unknown', 'what', 'unavailable', /what/],
    ['Unknown', 'disk-full: the disk of the log is full', 'disk-full', /: the disk of the log is full$/],
    ['Unknown', 'closed: the log is closing', 'unavailable', /closing/],
  ])('%s "%s"', (name, message, code, text) => {
    expect(answer(name, message)).toMatchObject({ code, message: expect.stringMatching(text) });
  });

  test('a wrong revision, a tombstone, a bad request', () => {
    const wrong = new shared.WrongExpectedVersion().setCurrentStreamRevision('12');
    expect(answer('WrongExpectedVersion', '', wrong)).toBeInstanceOf(WrongExpectedRevisionError);
    expect(answer('WrongExpectedVersion', '', wrong)).toMatchObject({ actual: 12n, expected: 'any' });
    expect(answer('StreamDeleted', '')).toBeInstanceOf(StreamDeletedError);
    expect(answer('BadRequest', '', new shared.BadRequest().setMessage('no type'))).toMatchObject({
      code: 'invalid-event',
      message: expect.stringMatching(/no type/),
    });
  });
});
