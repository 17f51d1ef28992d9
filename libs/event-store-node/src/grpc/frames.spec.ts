import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameError, frameOf, FrameReader } from './frames.js';

test('messages come out whole, however they are cut on their way', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 50 })),
      fc.infiniteStream(fc.integer({ min: 1, max: 70 })),
      (messages, cuts) => {
        const sent = Buffer.concat(messages.map(frameOf));
        const reader = new FrameReader(50);
        const received: Buffer[] = [];
        for (let at = 0; at < sent.length;) {
          const size = cuts.next().value!;
          reader.push(sent.subarray(at, at + size));
          at += size;
          for (let message = reader.next(); message; message = reader.next()) received.push(message);
        }
        expect(received).toEqual(messages.map((message) => Buffer.from(message)));
        expect(reader.isEmpty).toBe(true);
      },
    ),
  );
});

test('a message too large is refused before it has come, and so is a compressed one', () => {
  const large = new FrameReader(10);
  large.push(Buffer.from([0, 0, 0, 0, 11]));
  expect(() => large.next()).toThrow(new FrameError('too-large', 'a message has 11 bytes; at most 10 are taken'));
  const compressed = new FrameReader(10);
  compressed.push(Buffer.from([1, 0, 0, 0, 1, 0]));
  expect(() => compressed.next()).toThrow('messages must come uncompressed');
});
