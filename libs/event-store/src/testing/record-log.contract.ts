import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_APPEND_BYTES, MAX_NAME_LENGTH } from '../check-append.js';
import type { SubscriptionItem } from '../event-store.port.js';
import { JsonEventStore } from '../json-event-store.js';
import type { LogRecord, NewRecord, Payload, RecordLog } from '../record-log.port.js';
import { METADATA_TYPE, metadataStream } from '../retention.js';
import { collect, newEvent, newStream, rejection, TIMEOUT, type ContractSettings } from './contract-kit.js';

/** Opens an empty log of its own for each call; the suite closes it. */
export type MakeRecordLog = (settings: ContractSettings) => Promise<RecordLog>;

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const everyByte = bytes(...Array.from({ length: 256 }, (_, n) => n));
/** A part of a larger array, as network libraries hand it out. */
const view = new Uint8Array([9, 9, 1, 0, 2, 9, 9]).subarray(2, 5);
const noUtf8 = bytes(0x7b, 0xff, 0xc0, 0x80, 0x7d);

const newRecord = (data: Payload, metadata: Payload, type = 'T'): NewRecord => ({
  id: randomUUID(),
  type,
  data,
  metadata,
});

/** What of a payload is kept to the byte. */
const bytesOf = (payload: Payload): string => Buffer.from(payload as string).toString('hex');

/** Data tell text from bytes; of metadata a store may find out for itself what they are. */
const contentOf = ({ id, type, data, metadata }: NewRecord): unknown => ({
  id,
  type,
  kind: typeof data,
  data: bytesOf(data),
  metadata: bytesOf(metadata),
});

const recordsOf = async (items: AsyncIterable<SubscriptionItem<LogRecord>>, count: number): Promise<LogRecord[]> => {
  const records: LogRecord[] = [];
  for await (const item of items) {
    if (item.kind === 'events') records.push(...item.events);
    if (records.length >= count) break;
  }
  return records;
};

/** Every way of reading gives the records of the stream as they were written. */
const expectKept = async (log: RecordLog, stream: string, written: readonly NewRecord[]): Promise<void> => {
  const filter = { streamPrefixes: [stream] };
  const reads = [
    await collect(log.readStream(stream)),
    (await collect(log.readStream(stream, { direction: 'backwards' }))).reverse(),
    await collect(log.readAll({ filter })),
    await recordsOf(log.subscribe({ after: 'start', filter }), written.length),
  ];
  for (const read of reads) expect(read.map(contentOf)).toEqual(written.map(contentOf));
};

/** What every log of records keeps, beside the contract of its events. Call it in a spec file of the adapter; it declares the tests. */
export const recordLogContract = (name: string, makeLog: MakeRecordLog): void => {
  describe(`${name} keeps the contract of RecordLog`, { timeout: TIMEOUT }, () => {
    const opened: RecordLog[] = [];
    const open = async (liveEvents: number): Promise<RecordLog> => {
      const log = await makeLog({ now: Date.now, liveEvents });
      opened.push(log);
      return log;
    };
    let log: RecordLog;
    let behind: RecordLog;
    beforeAll(async () => {
      log = await open(4_096);
      // Its readers are always behind, and read what is stored.
      behind = await open(1);
    }, TIMEOUT);
    afterAll(() => Promise.all(opened.map((each) => each.close())), TIMEOUT);

    const PAYLOADS: [what: string, data: Payload, metadata: Payload][] = [
      ['JSON, spaces and numbers as they stand', ' { "a" : 1.0e2,\n"big":12345678901234567890 } ', '{"time":1.50}'],
      ['characters and their escapes', '{"a":"é\\u00e9\\u0000🏭","ß":"\\ud800"}', '{"ü":"🏭"}'],
      ['text that is no JSON', 'not JSON {', 'nor this'],
      ['JSON that is no object', '42', '"text"'],
      ['empty text', '', ''],
      ['empty bytes', bytes(), bytes()],
      ['every byte there is', everyByte, everyByte],
      ['bytes that are no UTF-8', noUtf8, noUtf8],
      ['bytes that look like JSON', Buffer.from('{"a":1}'), '{"time":1}'],
      ['a part of a larger array', view, view],
      ['text with bytes for metadata', '{"a":1}', noUtf8],
      ['bytes with text for metadata', noUtf8, '{"time":1}'],
      ['long text of many bytes a character', `{"a":"${'ä€🏭'.repeat(30_000)}"}`, `"${'🏭'.repeat(10_000)}"`],
      ['many bytes', Buffer.alloc(500_000, everyByte), Buffer.alloc(200_000, noUtf8)],
    ];
    test.each(PAYLOADS)('keeps %s', async (_, data, metadata) => {
      const stream = newStream();
      const live = recordsOf(log.subscribe({ after: 'start', filter: { streamPrefixes: [stream] } }), 1);
      const record = newRecord(data, metadata);
      await log.append(stream, 'no-stream', [record]);
      await expectKept(log, stream, [record]);
      expect((await live).map(contentOf)).toEqual([contentOf(record)]);
    });

    test('keeps all kinds together in one append, in order', async () => {
      const stream = newStream();
      const records = PAYLOADS.slice(0, -2).map(([, data, metadata], n) => newRecord(data, metadata, `Type ${n}`));
      for (const each of [log, behind]) {
        const { revision } = await each.append(stream, 'no-stream', records);
        expect(revision).toBe(BigInt(records.length - 1));
        await expectKept(each, stream, records);
      }
    });

    test('keeps whatever comes', async () => {
      const text = fc.string({ unit: 'binary', maxLength: 40 }).filter((s) => !s.includes('\0'));
      const payload = fc.oneof(text, fc.json(), fc.uint8Array({ maxLength: 40 }));
      const type = fc.string({ minLength: 1, maxLength: 12 }).filter((name) => !/\p{Cc}/u.test(name));
      const records = fc.array(fc.tuple(payload, payload, type), { minLength: 1, maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(records, async (contents) => {
          const stream = newStream();
          const written = contents.map(([data, metadata, name]) => newRecord(data, metadata, name));
          await behind.append(stream, 'no-stream', written);
          await expectKept(behind, stream, written);
        }),
        { numRuns: 50 },
      );
    });

    test('does not see what the caller does to its bytes afterwards', async () => {
      const stream = newStream();
      const data = Buffer.from([1, 2, 3]);
      await log.append(stream, 'any', [newRecord(data, data)]);
      data.fill(9);
      const [record] = await collect(log.readStream(stream));
      expect(bytesOf(record!.data) + bytesOf(record!.metadata)).toBe('010203010203');
    });

    test('finds a record again by its id', async () => {
      const stream = newStream();
      const batch = [newRecord(noUtf8, ''), newRecord('{}', noUtf8)];
      const first = await log.append(stream, 'no-stream', batch);
      expect(await log.append(stream, 'no-stream', batch)).toEqual(first);
      await expectKept(log, stream, batch);
    });

    test.each<[what: string, record: NewRecord, code: 'event-too-large' | 'invalid-event']>([
      ['more than 1 MiB of bytes', newRecord(new Uint8Array(MAX_APPEND_BYTES - 1), ''), 'event-too-large'],
      ['more than 1 MiB of both', newRecord('x'.repeat(600_000), new Uint8Array(600_000)), 'event-too-large'],
      ['data that are text with a NUL', newRecord('{"a":"\0"}', ''), 'invalid-event'],
      ['metadata that are text with a NUL', newRecord('{}', '\0'), 'invalid-event'],
    ])('refuses %s', async (_, record, code) => {
      const stream = newStream();
      await rejection(log.append(stream, 'any', [record]), code);
      expect(await collect(log.readStream(stream))).toEqual([]);
    });

    test("hides none of the log's own streams, unless it is told to", async () => {
      const own = await open(64);
      await own.append('s', 'any', [newRecord('{}', '')]);
      await own.deleteStream('s');
      await own.append('s', 'any', [newRecord('{}', '')]);
      const streams = (records: readonly LogRecord[]): string[] => records.map(({ stream }) => stream);
      expect(streams(await collect(own.readAll()))).toEqual(['s', '$$s', 's', '$$s']);
      expect(streams(await recordsOf(own.subscribe({ after: 'start' }), 4))).toEqual(['s', '$$s', 's', '$$s']);
      expect(streams(await collect(own.readAll({ filter: { types: [METADATA_TYPE] } })))).toEqual(['$$s', '$$s']);
      const filter = { excludeSystem: true };
      expect(streams(await collect(own.readAll({ filter })))).toEqual(['s', 's']);
      expect(streams(await collect(own.readAll({ filter, direction: 'backwards', maxCount: 1 })))).toEqual(['s']);
      expect(streams(await recordsOf(own.subscribe({ after: 'start', filter }), 2))).toEqual(['s', 's']);
    });

    test('has room for the metadata of the longest name', async () => {
      const stream = '🏭'.repeat(MAX_NAME_LENGTH / 2);
      await log.append(stream, 'no-stream', [newRecord('{}', '')]);
      await log.deleteStream(stream);
      expect(await collect(log.readStream(stream))).toEqual([]);
      expect(await collect(log.readStream(metadataStream(stream)))).toHaveLength(1);
      const filter = { streamPrefixes: [metadataStream(stream)] };
      expect(await collect(log.readAll({ filter }))).toHaveLength(1);
    });

    test('writes down a deletion as EventStoreDB does, to the digit', async () => {
      const stream = newStream();
      await log.append(stream, 'any', [newRecord('{}', ''), newRecord('{}', '')]);
      await log.deleteStream(stream);
      const lastMetadata = async (): Promise<LogRecord> =>
        (await collect(log.readStream(metadataStream(stream), { direction: 'backwards', maxCount: 1 })))[0]!;
      expect(await lastMetadata()).toMatchObject({ type: METADATA_TYPE, data: '{"$tb":9223372036854775807}' });
      await log.append(stream, 'any', [newRecord('{}', '')]);
      expect(await lastMetadata()).toMatchObject({ type: METADATA_TYPE, data: '{"$tb":2}' });
    });

    describe('as the house reads it', () => {
      type View = [what: string, record: NewRecord, data: unknown, metadata: (recordedAt: number) => unknown];
      const time = (recordedAt: number): unknown => ({ time: recordedAt });
      test.each<View>([
        ['an event of the house', newRecord('{"a":1}', '{"time":5,"x":true}'), { a: 1 }, () => ({ time: 5, x: true })],
        ['metadata without time', newRecord('{}', '{"x":1}'), {}, (at) => ({ x: 1, time: at })],
        ['a time that is no number', newRecord('{}', '{"time":"now"}'), {}, time],
        ['metadata that are no object', newRecord('{}', '[1]'), {}, time],
        ['metadata that are no JSON', newRecord('{}', 'text'), {}, time],
        ['metadata that are bytes', newRecord('{}', noUtf8), {}, time],
        ['nothing at all', newRecord('', ''), { text: '' }, time],
        ['an array', newRecord('[1,2]', ''), [1, 2], time],
        ['a number', newRecord('42', ''), { text: '42' }, time],
        ['null', newRecord('null', ''), { text: 'null' }, time],
        ['text that is no JSON', newRecord('{"a":', ''), { text: '{"a":' }, time],
        ['bytes', newRecord(bytes(0, 255), ''), { base64: 'AP8=' }, time],
      ])('%s', async (_, record, data, metadata) => {
        const own = newStream();
        const store = new JsonEventStore(log);
        await log.append(own, 'any', [record]);
        const [stored] = await collect(log.readStream(own));
        const { id, type } = record;
        const { stream, revision, position, recordedAt } = stored!;
        const event = { id, type, stream, revision, position, recordedAt, data, metadata: metadata(recordedAt) };
        expect(await collect(store.readStream(own))).toEqual([event]);
        expect(await collect(store.readAll({ filter: { streamPrefixes: [own] } }))).toEqual([event]);
      });

      test('what it appends is JSON in the log', async () => {
        const stream = newStream();
        const event = newEvent('Measured', { value: 1.5, unit: '°C' });
        await new JsonEventStore(log).append(stream, 'any', [event]);
        const [record] = await collect(log.readStream(stream));
        expect(record!.data).toBe('{"value":1.5,"unit":"°C"}');
        expect(record!.metadata).toBe(JSON.stringify(event.metadata));
      });
    });
  });
};
