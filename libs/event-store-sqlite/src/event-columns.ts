import type { NewRecord } from '@millwright/event-store';
import type { EventColumns } from './messages.js';

/** Records side by side, to be sent to the writer. */
export const toColumns = (records: readonly NewRecord[]): EventColumns => {
  const typeIndex = new Map<string, number>();
  const types: number[] = [];
  let ids = '';
  for (const { id, type } of records) {
    ids += id;
    let index = typeIndex.get(type);
    if (index === undefined) typeIndex.set(type, (index = typeIndex.size));
    types.push(index);
  }
  const idBytes = ownBytes(Buffer.from(ids.replaceAll('-', ''), 'hex'));
  return { ids: idBytes, typeNames: [...typeIndex.keys()], types: new Int32Array(types), ...payloadsOf(records) };
};

const payloadsOf = (records: readonly NewRecord[]): Pick<EventColumns, 'lengths' | 'payload'> => {
  const lengths: number[] = [];
  const texts: string[] = [];
  for (const { metadata, data } of records) {
    if (typeof metadata !== 'string' || typeof data !== 'string') return mixedPayloadsOf(records);
    texts.push(metadata, data);
    lengths.push(metadata.length, data.length);
  }
  const text = texts.join('');
  const payload = ownBytes(Buffer.from(text));
  // As many bytes as UTF-16 units: every character is one byte.
  const isAscii = payload.length === text.length;
  return { payload, lengths: new Int32Array(isAscii ? lengths : texts.map((each) => Buffer.byteLength(each))) };
};

const mixedPayloadsOf = (records: readonly NewRecord[]): Pick<EventColumns, 'lengths' | 'payload'> => {
  const payloads = records.flatMap(({ metadata, data }) => [metadata, data]);
  const bytes = payloads.map((payload) => (typeof payload === 'string' ? Buffer.from(payload) : payload));
  return {
    lengths: Int32Array.from(payloads, (payload, n) =>
      typeof payload === 'string' ? bytes[n]!.length : -1 - payload.byteLength,
    ),
    payload: ownBytes(Buffer.concat(bytes)),
  };
};

/** Bytes of a payload by its length in columns. */
export const byteLength = (length: number): number => (length < 0 ? -1 - length : length);

/** Where each event's payload begins, and the last one's ends. */
export const payloadOffsets = (lengths: Int32Array): number[] => {
  const offsets = [0];
  let offset = 0;
  for (let i = 0; i < lengths.length; i += 2) {
    offset += byteLength(lengths[i]!) + byteLength(lengths[i + 1]!);
    offsets.push(offset);
  }
  return offsets;
};

/** Small buffers are pieces of a shared one, which would be sent whole. */
const ownBytes = (buffer: Buffer): Uint8Array =>
  buffer.byteLength === buffer.buffer.byteLength ? buffer : new Uint8Array(buffer);
