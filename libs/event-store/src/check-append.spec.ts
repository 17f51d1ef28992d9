import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkAppend, checkStreamName, MAX_APPEND_BYTES, MAX_NAME_LENGTH } from './check-append.js';
import { encodeAppend } from './encode-append.js';
import type { NewRecord, Payload } from './record-log.port.js';
import { newEvent } from './testing/contract-kit.js';

const record = (data: Payload = '', metadata: Payload = '', type = 'T'): NewRecord => ({
  id: randomUUID(),
  type,
  data,
  metadata,
});

test.each<[what: string, record: NewRecord, bytes: number]>([
  ['nothing but a type', record(), 2],
  ['text as UTF-8', record('ä€🏭', 'a'), 2 + 3 + 4 + 1 + 2],
  ['bytes', record(new Uint8Array(10), new Uint8Array(3)), 13 + 2],
  ['a type by its UTF-16 units', record('', '', 'ä🏭'), 6],
])('counts %s as EventStoreDB does', (_, one, bytes) => {
  expect(checkAppend('s', [one])).toBe(bytes);
  expect(checkAppend('s', [one, record('x')])).toBe(bytes + 3);
});

test('takes 1 MiB in one event or many, and no byte more', () => {
  const full = record('x'.repeat(MAX_APPEND_BYTES - 2));
  expect(checkAppend('s', [full])).toBe(MAX_APPEND_BYTES);
  const half = (): NewRecord => record(new Uint8Array(MAX_APPEND_BYTES / 2 - 2));
  expect(checkAppend('s', [half(), half()])).toBe(MAX_APPEND_BYTES);
  expect(() => checkAppend('s', [half(), half(), record()])).toThrow(
    expect.objectContaining({
      code: 'event-too-large',
      message: 'the append to "s" has 1048578 bytes in 3 events; at most 1048576 are allowed, split it',
    }),
  );
});

test.each<[what: string, records: NewRecord[], message: RegExp]>([
  ['no records', [], /"s" has no events; an append has at least one/],
  ['no UUID', [record(), { ...record(), id: 'one' }], /^event 1 of the append to "s": id "one" is not a UUID/],
  ['no id', [{ ...record(), id: undefined as never }], /id "undefined" is not a UUID/],
  ['upper case', [{ ...record(), id: 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11' }], /in lower case/],
  ['a NUL in data', [record('a\0')], /event 0 .*data is text with a NUL; JSON writes it as \\u0000/],
  ['a NUL in metadata', [record('', '\0')], /metadata is text with a NUL/],
  ['an empty type', [record('', '', '')], /type "" is not a name/],
  ['a type of half a character', [record('', '', 'a\ud800')], /is not a name/],
  ['a long type', [record('', '', 't'.repeat(MAX_NAME_LENGTH + 1))], /1 to 512 characters/],
])('refuses %s', (_, records, message) => {
  expect(() => checkAppend('s', records)).toThrow(
    expect.objectContaining({ code: 'invalid-event', message: expect.stringMatching(message) }),
  );
});

test('refuses the same id twice', () => {
  const one = record();
  expect(() => checkAppend('s', [one, record(), one])).toThrow(`the append to "s" has the id ${one.id} twice`);
});

const longest = 's'.repeat(MAX_NAME_LENGTH);
test.each(['s', '$s', '$$s', '$$$s', '$$', longest, `$$${longest}`, 'straße/ä-🏭', ' '])(
  'a stream may be called %j',
  (stream) => {
    expect(() => checkStreamName(stream, 'the append')).not.toThrow();
  },
);

test.each([
  ['', /the deletion: stream "" is not a name/],
  ['s'.repeat(MAX_NAME_LENGTH + 1), /1 to 512 characters/],
  [`$$${longest}s`, /1 to 512 characters/],
  ['a\nb', /without control characters/],
  ['\udc00', /is not a name/],
  ['$$$$s', /"\$\$\$\$s" would hold the metadata of metadata; "\$\$s" has none/],
])('a stream may not be called %j', (stream, message) => {
  expect(() => checkStreamName(stream, 'the deletion')).toThrow(message);
});

test('events are made JSON once, and remembered as they are', () => {
  const event = newEvent('T', { at: new Date(0), skipped: undefined });
  const [encoded] = encodeAppend('s', [event]);
  expect(encoded).toEqual({
    id: event.id,
    type: 'T',
    data: '{"at":"1970-01-01T00:00:00.000Z"}',
    metadata: '{"time":1700000000000}',
    parsed: { data: event.data, metadata: event.metadata },
  });
});

test.each<[what: string, data: unknown, message: RegExp]>([
  ['a string', 'text', /data is text; expected an object/],
  ['what makes itself nothing', { toJSON: () => undefined }, /data is not plain JSON: its toJSON gives nothing/],
  [
    'what throws',
    {
      toJSON: () => {
        throw new Error('no way');
      },
    },
    /data is not plain JSON: no way/,
  ],
])('refuses data that are %s', (_, data, message) => {
  const events = [newEvent(), { ...newEvent(), data: data as object }];
  expect(() => encodeAppend('s', events)).toThrow(message);
  expect(() => encodeAppend('s', events)).toThrow(/^event 1 of the append to "s"/);
});
