import { GOOD, type SampleValue, type StatusCode } from '@millwright/events';

/** As a REAL column holds it: numbers as they are, anything else as JSON text (which never looks like a number). */
export type StoredValue = number | string;

export const storeValue = (value: SampleValue): StoredValue =>
  typeof value === 'number' ? value : JSON.stringify(value);

export const readValue = (stored: StoredValue): SampleValue =>
  typeof stored === 'number' ? stored : (JSON.parse(stored) as SampleValue);

/** Good, the usual status, takes no space. */
export const storeStatus = (status: StatusCode | undefined): StatusCode | null =>
  status === GOOD ? null : (status ?? null);
export const readStatus = (stored: StatusCode | null): StatusCode => stored ?? GOOD;
