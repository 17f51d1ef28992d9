import { byteLength, payloadOffsets } from './event-columns.js';
import type { EventColumns } from './messages.js';

/** Events that rows are made of. */
export interface RowSource {
  /** 16 bytes each. */
  readonly ids: Buffer;
  /** By event two: of its metadata, and of its data. Bytes of a text, -1 - bytes of a blob. */
  readonly lengths: Int32Array;
  readonly payload: Buffer;
  /** Where each event's payload begins, and the last one's ends. */
  readonly offsets: readonly number[];
}

export const toRowSource = ({ ids, lengths, payload }: EventColumns): RowSource => ({
  ids: toBuffer(ids),
  lengths,
  payload: toBuffer(payload),
  offsets: payloadOffsets(lengths),
});

export const idAt = ({ ids }: RowSource, index: number): Buffer => ids.subarray(16 * index, 16 * index + 16);

/** An event's data; undefined when they are no text. */
export const textAt = ({ lengths, offsets, payload }: RowSource, index: number): string | undefined =>
  lengths[2 * index + 1]! < 0
    ? undefined
    : payload.toString('utf8', offsets[index]! + byteLength(lengths[2 * index]!), offsets[index + 1]);

/** libsql takes a Buffer, and no other array of bytes. */
const toBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
