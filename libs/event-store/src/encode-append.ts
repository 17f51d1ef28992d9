import { EventStoreError } from './event-store-error.js';
import type { NewEvent } from './event-store.port.js';
import type { NewRecord } from './record-log.port.js';

/** The events of an append as records: JSON made once, before anything is queued or sent. Throws {@link EventStoreError} `invalid-event`. */
export const encodeAppend = (stream: string, events: readonly NewEvent[]): NewRecord[] =>
  events.map((event, i) => {
    const { id, type, data, metadata } = event;
    const where = `event ${i} of the append to "${stream}"`;
    if (!Number.isFinite(metadata?.time)) {
      throw invalid(`${where}: metadata.time is ${metadata?.time}; expected epoch milliseconds`);
    }
    return {
      id,
      type,
      data: encode(data, 'data', where),
      metadata: encode(metadata, 'metadata', where),
      parsed: { data, metadata },
    };
  });

const encode = (value: unknown, field: string, where: string): string => {
  if (typeof value !== 'object' || value === null) {
    throw invalid(`${where}: ${field} is ${String(value)}; expected an object`);
  }
  try {
    const json = JSON.stringify(value) as string | undefined;
    if (json !== undefined) return json;
  } catch (error) {
    throw invalid(
      `${where}: ${field} is not plain JSON: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
  throw invalid(`${where}: ${field} is not plain JSON: its toJSON gives nothing`);
};

const invalid = (message: string, cause?: unknown): EventStoreError =>
  new EventStoreError('invalid-event', message, cause === undefined ? {} : { cause });
