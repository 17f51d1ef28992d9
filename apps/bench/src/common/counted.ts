import type { Store } from './store.js';

/** What a store has on the disk, when it is closed. */
export interface Contents {
  readonly events: number;
  /** Bytes of data and metadata of the smallest event; 0 without events. */
  readonly smallestPayloadBytes: number;
  readonly fileBytes: number;
}

/** A store whose acknowledged appends are counted. */
export type Counted<S extends Store> = S & {
  /** Throws unless the disk has exactly what was acknowledged, each event with its payload. */
  verify(name: string, contents: Contents, smallestPayload: number): void;
};

export const counted = <S extends Store>(store: S): Counted<S> => {
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
