import type { Contents, LogStore } from './log-store.js';

/** A store whose acknowledged appends are counted. */
export interface CountedStore extends LogStore {
  /** Throws unless the disk has exactly what was acknowledged, each event with its payload. */
  verify(name: string, contents: Contents, smallestPayload: number): void;
}

export const counted = (store: LogStore): CountedStore => {
  let acknowledged = 0;
  return {
    ...store,
    append: async (stream, records) => {
      await store.append(stream, records);
      acknowledged += records.length;
    },
    verify: (name, { events, smallestPayloadBytes }, smallest) => {
      if (events === acknowledged && smallestPayloadBytes >= smallest) return;
      const kept = `${events} of at least ${smallestPayloadBytes} bytes`;
      throw new Error(
        `${name} has acknowledged ${acknowledged} events of at least ${smallest} bytes, but keeps ${kept}; its figures are worthless`,
      );
    },
  };
};
