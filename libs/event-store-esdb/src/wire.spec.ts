import { bytesOf, identifierOf, shared, streams, uuidOf, uuidText } from '@millwright/esdb-protocol';
import type { ExpectedRevision, LogRecord, NewRecord, Payload } from '@millwright/event-store';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeAnswer, encodeAppend } from './wire.js';

/* What is read and written by hand is held against the classes generated from the protocol's definition. */

const place = fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 63n - 1n));
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
const text = fc.string({ unit: 'grapheme', maxLength: 300 }).filter((value) => !value.includes('\0'));
const bytes = fc.uint8Array({ maxLength: 300 });
const payload: fc.Arbitrary<Payload> = fc.oneof(text, bytes);
const newRecord = fc.record({ id: fc.uuid(), type: name, data: payload, metadata: text });

const answerOf = (
  { id, type, data, metadata, stream, revision, position, recordedAt }: LogRecord,
  structured: boolean,
): InstanceType<typeof streams.ReadResp> => {
  const event = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(uuidOf(id, structured))
    .setStreamIdentifier(identifierOf(stream))
    .setStreamRevision(`${revision}`)
    .setCommitPosition(`${position}`)
    .setPreparePosition(`${position}`)
    .setData(bytesOf(data))
    .setCustomMetadata(bytesOf(metadata));
  event
    .getMetadataMap()
    .set('type', type)
    .set('content-type', typeof data === 'string' ? 'application/json' : 'application/octet-stream')
    .set('created', `${recordedAt}1234`)
    .set('other', 'thing');
  const read = new streams.ReadResp.ReadEvent().setEvent(event).setCommitPosition(`${position}`);
  return new streams.ReadResp().setEvent(read);
};

const contentOf = ({ data, metadata, ...rest }: LogRecord): unknown => ({
  ...rest,
  kind: typeof data,
  data: Buffer.from(bytesOf(data)).toString('hex'),
  metadata: Buffer.from(bytesOf(metadata)).toString('hex'),
});

describe('an answer', () => {
  const logRecord = fc.record({
    ...{ id: fc.uuid(), type: name, data: payload, metadata: text, stream: name, revision: place },
    position: place,
    recordedAt: fc.integer({ min: 0, max: 4e12 }),
  });

  test('with an event is read as it was written', () => {
    fc.assert(
      fc.property(logRecord, fc.boolean(), (record, structured) => {
        const wire = Buffer.from(answerOf(record, structured).serializeBinary());
        expect(contentOf(decodeAnswer(wire)!)).toEqual(contentOf(record));
      }),
    );
  });

  test('with a link gives the link', () => {
    fc.assert(
      fc.property(logRecord, logRecord, (record, link) => {
        const answer = answerOf(record, false);
        answer.getEvent()!.setLink(answerOf(link, false).getEvent()!.getEvent());
        expect(decodeAnswer(Buffer.from(answer.serializeBinary()))).toMatchObject({ id: link.id, stream: link.stream });
      }),
    );
  });

  test('of another kind is none', () => {
    const { SubscriptionConfirmation, Checkpoint, CaughtUp, StreamNotFound } = streams.ReadResp;
    for (const answer of [
      new streams.ReadResp(),
      new streams.ReadResp().setConfirmation(new SubscriptionConfirmation().setSubscriptionId('x')),
      new streams.ReadResp().setCheckpoint(new Checkpoint().setCommitPosition('5').setPreparePosition('5')),
      new streams.ReadResp().setCaughtUp(new CaughtUp()),
      new streams.ReadResp().setStreamNotFound(new StreamNotFound().setStreamIdentifier(identifierOf('s'))),
      new streams.ReadResp().setEvent(new streams.ReadResp.ReadEvent().setNoPosition(new shared.Empty())),
    ]) {
      expect(decodeAnswer(Buffer.from(answer.serializeBinary()))).toBeUndefined();
    }
  });

  test('keeps its bytes, though those that it came in are used again', () => {
    const record: LogRecord = {
      ...{ id: '6ba7b810-9dad-11d1-80b4-00c04fd430c8', type: 'T', stream: 's', revision: 1n, position: 2n },
      ...{ recordedAt: 3, data: Uint8Array.from([1, 255]), metadata: Uint8Array.from([254]) },
    };
    const wire = Buffer.from(answerOf(record, false).serializeBinary());
    const read = decodeAnswer(wire)!;
    wire.fill(0);
    expect(contentOf(read)).toEqual(contentOf(record));
  });
});

describe('an append', () => {
  const expectedRevision = fc.oneof(
    fc.constantFrom<ExpectedRevision>('any', 'no-stream', 'stream-exists'),
    place,
  ) satisfies fc.Arbitrary<ExpectedRevision>;

  const append = streams.BatchAppendReq;
  const read = (message: Buffer): InstanceType<typeof append> => append.deserializeBinary(message);

  test('is written as the generated classes read it', () => {
    const records = fc.array(newRecord, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.uuid(), name, expectedRevision, records, (id, stream, expected, list) => {
        const [request, ...more] = encodeAppend(id, stream, expected, list).map(read);
        expect(more).toEqual([]);
        expect(uuidText(request!.getCorrelationId())).toBe(id);
        expect(request!.getIsFinal()).toBe(true);
        const options = request!.getOptions()!;
        expect(Buffer.from(options.getStreamIdentifier()!.getStreamName_asU8()).toString()).toBe(stream);
        const told = options.hasStreamPosition()
          ? BigInt(options.getStreamPosition())
          : options.hasAny()
            ? 'any'
            : options.hasNoStream()
              ? 'no-stream'
              : options.hasStreamExists() && 'stream-exists';
        expect(told).toBe(expected);
        expect(request!.getProposedMessagesList().map(proposedOf)).toEqual(list.map(sentOf));
      }),
    );
  });

  test('of many bytes goes as several messages, the first with where to, the last one final', () => {
    const list: NewRecord[] = Array.from({ length: 12_000 }, (_, n) => ({
      id: `00000000-0000-4000-8000-${`${n}`.padStart(12, '0')}`,
      ...{ type: 'T', data: '{}', metadata: n % 400 === 0 ? 'ä'.repeat(5_000) : '' },
    }));
    const messages = encodeAppend('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 's', 7n, list);
    for (const message of messages) expect(message.length).toBeLessThan(1_100_000);
    const requests = messages.map(read);
    expect(requests.length).toBeGreaterThan(1);
    expect(requests.map((request) => request.getIsFinal())).toEqual(requests.map((_, n) => n === requests.length - 1));
    expect(requests.map((request) => request.hasOptions())).toEqual(requests.map((_, n) => n === 0));
    expect(new Set(requests.map((request) => uuidText(request.getCorrelationId()))).size).toBe(1);
    expect(requests.flatMap((request) => request.getProposedMessagesList()).map(proposedOf)).toEqual(list.map(sentOf));
  });

  test('whose one event is larger than a message is one all the same', () => {
    const large: NewRecord = {
      id: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
      type: 'T',
      data: 'x'.repeat(1024 * 1024),
      metadata: '',
    };
    expect(encodeAppend('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 's', 'any', [large]).map(read)).toHaveLength(1);
  });
});

type Proposed = InstanceType<typeof streams.BatchAppendReq.ProposedMessage>;

const proposedOf = (message: Proposed): unknown => ({
  id: uuidText(message.getId()),
  properties: Object.fromEntries(message.getMetadataMap().toArray()),
  data: Buffer.from(message.getData_asU8()).toString('hex'),
  metadata: Buffer.from(message.getCustomMetadata_asU8()).toString('hex'),
});

const sentOf = ({ id, type, data, metadata }: NewRecord): unknown => ({
  id,
  properties: { type, 'content-type': typeof data === 'string' ? 'application/json' : 'application/octet-stream' },
  data: Buffer.from(bytesOf(data)).toString('hex'),
  metadata: Buffer.from(bytesOf(metadata)).toString('hex'),
});
