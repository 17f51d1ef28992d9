import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { toEvent, toSharedEvent, type LogRecord, type Payload } from './record-log.port.js';

const record = (data: Payload, metadata: Payload = ''): LogRecord => ({
  id: randomUUID(),
  type: 'T',
  stream: 's',
  revision: 1n,
  position: 20n,
  recordedAt: 1_000,
  data,
  metadata,
});

const bytes = (text: string): Uint8Array => Buffer.from(text);

test.each<[what: string, data: Payload, expected: unknown]>([
  ['an object', '{"a":{"b":[1,null]}}', { a: { b: [1, null] } }],
  ['an array', '[1]', [1]],
  ['a number', '1.50', { text: '1.50' }],
  ['a string', '"a"', { text: '"a"' }],
  ['null', 'null', { text: 'null' }],
  ['no JSON', '{"a"', { text: '{"a"' }],
  ['nothing', '', { text: '' }],
  ['bytes', new Uint8Array([0, 255]), { base64: 'AP8=' }],
  ['bytes that look like JSON', bytes('{"a":1}'), { base64: 'eyJhIjoxfQ==' }],
  ['no bytes', new Uint8Array(), { base64: '' }],
])('data that are %s', (_, data, expected) => {
  expect(toEvent(record(data)).data).toEqual(expected);
});

test.each<[what: string, metadata: Payload, expected: unknown]>([
  ['with a time', '{"time":5,"causationId":"c"}', { time: 5, causationId: 'c' }],
  ['without a time', '{"causationId":"c"}', { causationId: 'c', time: 1_000 }],
  ['with a time that is text', '{"time":"5"}', { time: 1_000 }],
  ['with a time beyond numbers', '{"time":1e999}', { time: 1_000 }],
  ['that are an array', '[{"time":5}]', { time: 1_000 }],
  ['that are no object', '5', { time: 1_000 }],
  ['that are no JSON', 'time: 5', { time: 1_000 }],
  ['that are bytes', bytes('{"time":5}'), { time: 1_000 }],
  ['that are not there', '', { time: 1_000 }],
])('metadata %s', (_, metadata, expected) => {
  expect(toEvent(record('{}', metadata)).metadata).toEqual(expected);
});

test('what the writer had parsed is not parsed again', () => {
  const parsed = { data: { a: 1 }, metadata: { time: 5 } };
  const event = toEvent({ ...record('{"a":2}', '{"time":6}'), parsed });
  expect(event.data).toBe(parsed.data);
  expect(event.metadata).toBe(parsed.metadata);
  expect(event).not.toHaveProperty('parsed');
});

test('place and time are those of the record', () => {
  const one = record('{}');
  const { id, type, stream, revision, position, recordedAt } = one;
  expect(toEvent(one)).toMatchObject({ id, type, stream, revision, position, recordedAt });
});

test('readers who share a record share its event', () => {
  const one = record('{"a":1}');
  expect(toSharedEvent(one)).toBe(toSharedEvent(one));
  expect(toSharedEvent(one)).toEqual(toEvent(one));
  expect(toSharedEvent({ ...one })).not.toBe(toSharedEvent(one));
});
