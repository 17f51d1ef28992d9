import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shared } from './protocol.js';
import { bytesOf, identifierOf, textOf, uuidOf, uuidText } from './values.js';

test('a UUID comes back from both forms, also over the wire', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.boolean(), (id, structured) => {
      const wire = uuidOf(id, structured).serializeBinary();
      expect(uuidText(shared.UUID.deserializeBinary(wire))).toBe(id);
    }),
  );
  expect(uuidText(new shared.UUID().setString('6BA7B810-9DAD-11D1-80B4-00C04FD430C8'))).toBe(
    '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
  );
});

test('text comes back from its bytes, and what is no text, or has a NUL, is none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const lone = /\p{Cs}/u.test(text);
      if (!lone && !text.includes('\0')) expect(textOf(bytesOf(text))).toBe(text);
    }),
  );
  expect(textOf(Uint8Array.from([0xff, 0x41]))).toBeUndefined();
  expect(textOf(Uint8Array.from([0x41, 0]))).toBeUndefined();
  expect(textOf(Uint8Array.from([0xef, 0xbb, 0xbf, 0x41])), 'a BOM is part of the text').toBe('\ufeffA');
});

test('a stream is named in UTF-8', () => {
  const wire = identifierOf('straße-🏭').serializeBinary();
  const name = shared.StreamIdentifier.deserializeBinary(wire).getStreamName_asU8();
  expect(Buffer.from(name).toString('utf8')).toBe('straße-🏭');
});
