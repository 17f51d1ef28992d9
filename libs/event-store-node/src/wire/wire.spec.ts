import {
  bytesOf,
  identifierOf,
  ProtoReader,
  shared,
  streams,
  uuidOf,
  type BatchAppendReq,
} from '@millwright/esdb-protocol';
import { EventStoreError, type LogRecord, type Payload } from '@millwright/event-store';
import fc from 'fast-check';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import timestamp from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { expect, test } from 'vitest';
import { PREFIX_BYTES } from '../grpc/frames.js';
import { appendedFrame, eventFrame } from './answers.js';
import { decodeAppend, decodeBatchAppend, decodeRecord } from './append-requests.js';

/* What is written and read by hand is held against the classes generated from the protocol's definition. */

const place = fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 63n - 1n));
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
const text = fc.string({ unit: 'grapheme', maxLength: 400 }).filter((value) => !value.includes('\0'));
const payload: fc.Arbitrary<Payload> = fc.oneof(text, fc.uint8Array({ maxLength: 400 }));

const record = fc.record({
  id: fc.uuid(),
  stream: name,
  type: name,
  revision: place,
  position: place,
  recordedAt: fc.integer({ min: 0, max: 4e12 }),
  data: payload,
  metadata: payload,
}) satisfies fc.Arbitrary<LogRecord>;

const messageOf = (frame: Buffer): Buffer => {
  expect(frame.readUInt32BE(1)).toBe(frame.length - PREFIX_BYTES);
  return frame.subarray(PREFIX_BYTES);
};

test('an event is written as the generated classes read it', () => {
  fc.assert(
    fc.property(record, fc.boolean(), (event, structured) => {
      const { id, stream, type, revision, position, recordedAt, data, metadata } = event;
      const read = streams.ReadResp.deserializeBinary(messageOf(eventFrame(event, structured)));
      const recorded = read.getEvent()!.getEvent()!;
      expect(read.getEvent()!.getCommitPosition()).toBe(`${position}`);
      expect(recorded.toObject()).toMatchObject({
        id: uuidOf(id, structured).toObject(),
        streamRevision: `${revision}`,
        commitPosition: `${position}`,
        preparePosition: `${position}`,
      });
      expect(Buffer.from(recorded.getStreamIdentifier()!.getStreamName_asU8()).toString()).toBe(stream);
      expect(new Map(recorded.getMetadataMap().toArray() as [string, string][])).toEqual(
        new Map([
          ['type', type],
          ['created', `${recordedAt * 10_000}`],
          ['content-type', typeof data === 'string' ? 'application/json' : 'application/octet-stream'],
        ]),
      );
      expect(Buffer.from(recorded.getData_asU8())).toEqual(Buffer.from(bytesOf(data)));
      expect(Buffer.from(recorded.getCustomMetadata_asU8())).toEqual(Buffer.from(bytesOf(metadata)));
    }),
  );
});

test('the answer to an append is written as the generated classes read it', () => {
  const optional = fc.option(place, { nil: undefined });
  fc.assert(
    fc.property(fc.uuid(), name, optional, optional, (id, stream, revision, position) => {
      const answer = streams.BatchAppendResp.deserializeBinary(
        messageOf(appendedFrame(id, stream, revision, position)),
      );
      const expected = new streams.BatchAppendResp.Success();
      if (revision === undefined) expected.setNoStream(new empty.Empty());
      else expected.setCurrentRevision(`${revision}`);
      if (position === undefined) expected.setNoPosition(new empty.Empty());
      else {
        expected.setPosition(
          new shared.AllStreamPosition().setCommitPosition(`${position}`).setPreparePosition(`${position}`),
        );
      }
      expect(answer.getSuccess()!.toObject()).toEqual(expected.toObject());
      expect(answer.getCorrelationId()!.getString()).toBe(id);
      expect(answer.getStreamIdentifier()!.toObject()).toEqual(identifierOf(stream).toObject());
    }),
  );
});

const expectations = fc.oneof(
  fc.constantFrom('any' as const, 'no-stream' as const, 'stream-exists' as const),
  fc.bigInt(0n, 2n ** 63n - 1n),
);

const proposed = ({ id, type, data, metadata }: LogRecord, structured: boolean): BatchAppendReq.ProposedMessage => {
  const message = new streams.BatchAppendReq.ProposedMessage().setId(uuidOf(id, structured));
  message.getMetadataMap().set('type', type);
  message.getMetadataMap().set('content-type', typeof data === 'string' ? 'application/json' : 'any/thing');
  return message.setData(bytesOf(data)).setCustomMetadata(bytesOf(metadata));
};

test('an append is read as the generated classes write it', () => {
  fc.assert(
    fc.property(
      fc.uuid(),
      name,
      expectations,
      fc.array(record, { maxLength: 4 }),
      fc.boolean(),
      fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: undefined }),
      (id, stream, expected, records, structured, deadline) => {
        const options = new streams.BatchAppendReq.Options().setStreamIdentifier(identifierOf(stream));
        if (expected === 'any') options.setAny(new empty.Empty());
        else if (expected === 'no-stream') options.setNoStream(new empty.Empty());
        else if (expected === 'stream-exists') options.setStreamExists(new empty.Empty());
        else options.setStreamPosition(`${expected}`);
        if (deadline !== undefined) options.setDeadline(timestamp.Timestamp.fromDate(new Date(deadline)));
        const message = new streams.BatchAppendReq()
          .setCorrelationId(uuidOf(id, structured))
          .setOptions(options)
          .setProposedMessagesList(records.map((each) => proposed(each, structured)))
          .setIsFinal(structured);
        const read = decodeBatchAppend(Buffer.from(message.serializeBinary()));
        expect(read).toMatchObject({ correlationId: id, isFinal: structured });
        expect(read.options).toEqual({ stream, expected, deadline });
        expect(read.records.map(decodeRecord)).toEqual(
          records.map(({ id: event, type, data, metadata }) => ({
            id: event,
            type,
            data: plain(data),
            metadata: asRead(metadata),
          })),
        );
      },
    ),
  );
});

const plain = (data: Payload): Payload => (typeof data === 'string' ? data : Buffer.from(data));
/** Metadata do not say what they are: what is UTF-8 without NUL is text. */
const asRead = (metadata: Payload): Payload => {
  const bytes = Buffer.from(bytesOf(metadata));
  const decoded = bytes.toString();
  return Buffer.from(decoded).equals(bytes) && !decoded.includes('\0') ? decoded : bytes;
};

test('a deadline may come as a duration, which newer clients send', () => {
  const duration = Buffer.from([0x08, 0x05, 0x10, 0x80, 0xca, 0xb5, 0xee, 0x01]);
  const options = Buffer.from([0x3a, duration.length, ...duration]);
  const before = Date.now();
  const { deadline } = decodeBatchAppend(Buffer.from([0x12, options.length, ...options])).options!;
  expect(deadline).toBeGreaterThanOrEqual(before + 5_500);
  expect(deadline).toBeLessThanOrEqual(Date.now() + 5_500);
});

test('data that say they are JSON must be text', () => {
  const message = new streams.BatchAppendReq.ProposedMessage().setId(uuidOf('6ba7b810-9dad-11d1-80b4-00c04fd430c8'));
  message.getMetadataMap().set('type', 'T');
  const decode = (): unknown => decodeRecord(Buffer.from(message.serializeBinary()));
  expect(decode).toThrow('has no "content-type"');
  message.getMetadataMap().set('content-type', 'application/json');
  message.setData(Uint8Array.from([0xff, 0xfe]));
  expect(decode).toThrow('they are no UTF-8 text; say application/octet-stream');
});

test('bytes that are no message are refused, whatever they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      for (const decode of [decodeAppend, decodeBatchAppend, decodeRecord]) {
        try {
          decode(Buffer.from(bytes));
        } catch (error) {
          // Of both the client hears that its request is invalid.
          expect(error instanceof EventStoreError || error instanceof SyntaxError).toBe(true);
        }
      }
    }),
    { numRuns: 1_000 },
  );
  for (const cut of [[0x08], [0x0a, 5, 1], [0x0b], [0x0d, 1], Array<number>(12).fill(0x80)]) {
    const reader = new ProtoReader(Buffer.from(cut));
    expect(() => {
      while (reader.next()) reader.skip();
    }).toThrow('not the protobuf message');
  }
});
