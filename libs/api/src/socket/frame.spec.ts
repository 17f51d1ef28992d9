import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameTemplate, idBytes, payloadOf, textFrame } from './frame.js';

/** Texts of the unmasked text frames in a buffer (RFC 6455, 5.2). */
const textsOf = (buffer: Buffer): string[] => {
  const texts: string[] = [];
  for (let at = 0; at < buffer.length;) {
    expect(buffer[at]).toBe(0x81);
    let size = buffer[at + 1]!;
    at += 2;
    if (size === 126) {
      size = buffer.readUInt16BE(at);
      at += 2;
      expect(size).toBeGreaterThanOrEqual(126);
    } else if (size === 127) {
      size = Number(buffer.readBigUInt64BE(at));
      at += 8;
      expect(size).toBeGreaterThanOrEqual(65_536);
    }
    texts.push(buffer.toString('utf8', at, at + size));
    at += size;
  }
  return texts;
};

describe('frames', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 200_000])('of a text of %d bytes can be read', (length) => {
    const text = 'x'.repeat(length);
    expect(textsOf(textFrame(text))).toEqual([text]);
  });

  it('of one template carry any id of its length, whatever the texts', () => {
    const id = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' });
    const payloads = fc.array(fc.jsonValue(), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(id, id, payloads, (first, second, values) => {
        const template = new FrameTemplate(
          values.map((value) => payloadOf(JSON.stringify(value))),
          idBytes(first),
        );
        const ids = idBytes(second).length === idBytes(first).length ? [first, second, first] : [first];
        for (const one of ids) {
          const messages = textsOf(template.for(idBytes(one))).map((text) => JSON.parse(text) as unknown);
          expect(messages).toEqual(
            values.map((payload) => JSON.parse(JSON.stringify({ id: one, type: 'next', payload }))),
          );
        }
      }),
    );
  });

  it('are shared by sockets with the same id, and copied for another', () => {
    const template = new FrameTemplate([payloadOf('{}')], idBytes('a'));
    expect(template.for(idBytes('a'))).toBe(template.for(idBytes('a')));
    expect(template.for(idBytes('b'))).not.toBe(template.for(idBytes('a')));
    expect(textsOf(template.for(idBytes('a')))).toEqual(['{"id":"a","type":"next","payload":{}}']);
  });
});
