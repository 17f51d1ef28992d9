import type { RawSample } from '@millwright/edge';
import type { SignalId } from '@millwright/events';
import { DataType, type DataValue, type StatusCode, type Variant, VariantArrayType } from 'node-opcua-client';

/** node-opcua has 64-bit integers as two halves of 32 bits, the high one first. */
const int64 = ([high, low]: readonly [number, number], signed: boolean): number | string => {
  const bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  const exact = signed ? BigInt.asIntN(64, bits) : bits;
  const number = Number(exact);
  // A number where that is exact; else its digits, which a text signal keeps and the pipeline refuses for a number with the value shown.
  return Number.isSafeInteger(number) ? number : exact.toString();
};

/** One element as number, truth value or text; null where the server has none. */
const scalar = (dataType: DataType, value: unknown): unknown => {
  if (value === null || value === undefined) return null;
  switch (dataType) {
    case DataType.Int64:
      return int64(value as [number, number], true);
    case DataType.UInt64:
      return int64(value as [number, number], false);
    case DataType.DateTime:
      return (value as Date).toISOString();
    case DataType.ByteString:
      return (value as Buffer).toString('base64');
    case DataType.LocalizedText:
      return (value as { text?: string | null }).text ?? null;
    case DataType.QualifiedName:
      return (value as { name?: string | null }).name ?? null;
    case DataType.StatusCode:
      return (value as StatusCode).value;
    case DataType.Variant:
      return valueOf(value as Variant);
    case DataType.ExtensionObject:
      return JSON.stringify(value);
    case DataType.NodeId:
    case DataType.ExpandedNodeId:
    case DataType.DiagnosticInfo:
    case DataType.DataValue:
      return String(value);
    default:
      return value;
  }
};

/**
 * What a signal can be: number, boolean or text; null where there is none. A date is ISO text, a 64-bit integer a number where that is exact and
 * digits beyond, a structure JSON. An array is JSON too; `index` takes one element of it, null beyond its end.
 */
export const valueOf = (variant: Variant | null | undefined, index?: number): unknown => {
  if (!variant || variant.value === null || variant.value === undefined) return null;
  const { dataType, arrayType } = variant;
  if (arrayType === VariantArrayType.Scalar) return index === undefined ? scalar(dataType, variant.value) : null;
  const elements = variant.value as ArrayLike<unknown>;
  if (index !== undefined) return index < elements.length ? scalar(dataType, elements[index]) : null;
  return JSON.stringify(Array.from(elements, (element) => scalar(dataType, element)));
};

/** Epoch milliseconds; a time before 1970 is how servers say that they have none. */
const epochMs = (time: Date | null | undefined): number | undefined => {
  const ms = time?.getTime();
  return ms !== undefined && ms > 0 ? ms : undefined;
};

/** Status as the server sent it, with all its bits. */
export const sampleOf = (signal: SignalId, data: DataValue, index?: number): RawSample => {
  const sample: Mutable<RawSample> = { signal, value: valueOf(data.value, index), status: data.statusCode.value >>> 0 };
  const sourceTime = epochMs(data.sourceTimestamp);
  if (sourceTime !== undefined) sample.sourceTime = sourceTime;
  const serverTime = epochMs(data.serverTimestamp);
  if (serverTime !== undefined) sample.serverTime = serverTime;
  return sample;
};
type Mutable<T> = { -readonly [K in keyof T]: T[K] };
