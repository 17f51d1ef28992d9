import type { DataType, SampleValue } from '@millwright/events';

/** Why a sample is not taken; the closed set of reasons that the pipeline itself gives. */
export type RejectReason =
  | 'wrong-type'
  | 'not-a-number'
  | 'not-an-integer'
  | 'text-too-long'
  | 'no-value'
  | 'invalid-time'
  | 'unknown-signal'
  | 'overload';

export interface Refusal {
  readonly refused: RejectReason;
}

/** Longest text of one sample, UTF-16 units; a signal is a measured point, not a document. */
export const MAX_TEXT_LENGTH = 4_096;

const WRONG_TYPE: Refusal = { refused: 'wrong-type' };
const NOT_A_NUMBER: Refusal = { refused: 'not-a-number' };
const NOT_AN_INTEGER: Refusal = { refused: 'not-an-integer' };
const TEXT_TOO_LONG: Refusal = { refused: 'text-too-long' };
const NO_VALUE: Refusal = { refused: 'no-value' };

export interface Scaling {
  readonly scale: number;
  readonly offset: number;
}

/** The value as its signal's data type wants it, scaled; or why it is none. Nothing is converted: a text is no number. */
export const checkValue = (dataType: DataType, raw: unknown, scaling: Scaling | undefined): SampleValue | Refusal => {
  switch (dataType) {
    case 'number':
    case 'integer':
      return checkNumber(raw, dataType === 'integer', scaling);
    case 'boolean':
      return typeof raw === 'boolean' ? raw : refusal(raw);
    case 'text':
      if (typeof raw !== 'string') return refusal(raw);
      return raw.length <= MAX_TEXT_LENGTH ? raw : TEXT_TOO_LONG;
  }
};

const checkNumber = (raw: unknown, integer: boolean, scaling: Scaling | undefined): number | Refusal => {
  if (typeof raw !== 'number') return refusal(raw);
  const value = scaling === undefined ? raw : raw * scaling.scale + scaling.offset;
  if (!Number.isFinite(value)) return NOT_A_NUMBER;
  return !integer || Number.isSafeInteger(value) ? value : NOT_AN_INTEGER;
};

const refusal = (raw: unknown): Refusal => (raw === undefined || raw === null ? NO_VALUE : WRONG_TYPE);

/** Whether a time can stand in the log: whole milliseconds that a Date can hold. */
export const isTime = (time: number): boolean => Math.abs(time) <= 8.64e15;

/** What came, for a person to recognise: text, numbers and JSON as they are, cut to 100 characters. */
export const exampleOf = (raw: unknown): string => {
  const text = typeof raw === 'string' ? raw.slice(0, 101) : describeRaw(raw);
  return text.length <= 100 ? text : `${text.slice(0, 99)}…`;
};

const describeRaw = (raw: unknown): string => {
  if (typeof raw !== 'object' || raw === null) return String(raw);
  try {
    return JSON.stringify(raw) ?? String(raw);
  } catch {
    return Object.prototype.toString.call(raw);
  }
};
