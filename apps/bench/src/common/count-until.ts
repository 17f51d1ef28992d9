/** Time is looked at once in so many events. */
export const LOOK_AT_TIME = 256;

/** Reads on to the end, or until the time (performance.now()) is up; `look` says whether an event is whole. Gives their number. */
export const countUntil = async <T>(
  events: AsyncIterable<T>,
  until: number,
  look: (event: T) => boolean,
): Promise<number> => {
  let n = 0;
  for await (const event of events) {
    if (!look(event)) throw new Error(`event ${n} has been read without its data`);
    if (++n % LOOK_AT_TIME === 0 && performance.now() > until) break;
  }
  return n;
};
