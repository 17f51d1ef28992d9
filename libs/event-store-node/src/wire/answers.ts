import { BINARY_TYPE, JSON_TYPE, ProtoWriter, TICKS_PER_MS } from '@millwright/esdb-protocol';
import type { LogRecord, Payload, Position, Revision } from '@millwright/event-store';
import { PREFIX_BYTES, writePrefix } from '../grpc/frames.js';

/** Most that is in an answer beside names and payloads, bytes. */
const OVERHEAD_BYTES = 320;
const MAX_UTF8_BYTES = 3;

const sizeOf = (payload: Payload): number =>
  typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;

/** `ReadResp` with an event, as a frame. By hand, since it is most of what a busy node writes: 2.1 µs instead of 8.3. */
export const eventFrame = (record: LogRecord, structuredUuids: boolean): Buffer => {
  const { stream, revision, position, id, type, recordedAt, data, metadata } = record;
  const names = MAX_UTF8_BYTES * (stream.length + type.length);
  const writer = new ProtoWriter(OVERHEAD_BYTES + names + sizeOf(data) + sizeOf(metadata));
  const end = writer.mark;
  writer.number(3, position);
  const event = writer.mark;
  writer.payload(8, data);
  writer.payload(7, metadata);
  entry(writer, 'created', `${Math.trunc(recordedAt) * TICKS_PER_MS}`);
  entry(writer, 'content-type', typeof data === 'string' ? JSON_TYPE : BINARY_TYPE);
  entry(writer, 'type', type);
  writer.number(5, position);
  writer.number(4, position);
  writer.number(3, revision);
  streamIdentifier(writer, 2, stream);
  uuid(writer, 1, id, structuredUuids);
  writer.close(1, event);
  writer.close(1, end);
  return framed(writer);
};

/** `BatchAppendResp` of an append that is durable; without a position, of one that had no events. */
export const appendedFrame = (
  correlationId: string,
  stream: string,
  revision: Revision | undefined,
  position: Position | undefined,
): Buffer => {
  const writer = new ProtoWriter(OVERHEAD_BYTES + correlationId.length + MAX_UTF8_BYTES * stream.length);
  streamIdentifier(writer, 4, stream);
  const success = writer.mark;
  const place = writer.mark;
  if (position !== undefined) {
    writer.number(2, position);
    writer.number(1, position);
  }
  writer.close(position === undefined ? 4 : 3, place);
  if (revision === undefined) writer.close(2, writer.mark);
  else writer.number(1, revision);
  writer.close(3, success);
  uuid(writer, 1, correlationId, false);
  return framed(writer);
};

const framed = (writer: ProtoWriter): Buffer => {
  const bytes = writer.result.length;
  writer.prepend(PREFIX_BYTES);
  const frame = writer.result;
  writePrefix(frame, bytes);
  return frame;
};

const streamIdentifier = (writer: ProtoWriter, field: number, stream: string): void => {
  const mark = writer.mark;
  writer.text(3, stream);
  writer.close(field, mark);
};

const entry = (writer: ProtoWriter, key: string, value: string): void => {
  const mark = writer.mark;
  writer.text(2, value);
  writer.text(1, key);
  writer.close(6, mark);
};

const uuid = (writer: ProtoWriter, field: number, id: string, structured: boolean): void => {
  const mark = writer.mark;
  if (structured) {
    const digits = id.replaceAll('-', '');
    writer.number(2, BigInt(`0x${digits.slice(16)}`));
    writer.number(1, BigInt(`0x${digits.slice(0, 16)}`));
    writer.close(1, mark);
  } else writer.text(2, id);
  writer.close(field, mark);
};
