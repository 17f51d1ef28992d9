import { makeRecords, STREAMS, type OpenSubject } from './workload.js';

/** What one subject did in one round, by metric. */
export type Figures = Record<string, number>;

export interface Scale {
  /** Factor of all amounts; 1 fits the default time. */
  readonly scale: number;
}

/** Appends measured for at most so long; a slow disk must not hold the bench up. */
const MAX_PHASE_MS = 2_500;

/** One round of appends: single ones with 1, 64 and 512 in flight, batches of 100 and 1000. */
export const appendRound = async (subject: OpenSubject, { scale }: Scale): Promise<Figures> => {
  const times: number[] = [];
  const figures: Figures = {
    append_1_per_s: await singles(subject, Math.ceil(800 * scale), 1, times),
    append_64_in_flight_per_s: await singles(subject, Math.ceil(12_000 * scale), 64),
    append_512_in_flight_per_s: await singles(subject, Math.ceil(20_000 * scale), 512),
    append_batch100_per_s: await batches(subject, Math.ceil(400 * scale), 100),
    append_batch1000_per_s: await batches(subject, Math.ceil(80 * scale), 1_000),
  };
  times.sort((a, b) => a - b);
  figures['append_1_p50_ms'] = times[Math.floor(times.length / 2)]!;
  figures['append_1_p99_ms'] = times[Math.floor(times.length * 0.99)]!;
  return figures;
};

/** Events a second of single appends over all streams, so many waiting at once. */
const singles = async (subject: OpenSubject, count: number, inFlight: number, times?: number[]): Promise<number> => {
  const records = makeRecords(count).map((record) => [record]);
  let next = 0;
  const start = performance.now();
  const end = start + MAX_PHASE_MS;
  const worker = async (): Promise<void> => {
    while (next < count && performance.now() < end) {
      const n = next++;
      const begun = times ? performance.now() : 0;
      await subject.append(n % STREAMS, records[n]!);
      times?.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return perSecond(next, start);
};

/** Events a second of batches, one after the other, each durable before the next. */
const batches = async (subject: OpenSubject, count: number, size: number): Promise<number> => {
  const records = Array.from({ length: count }, (_, n) => makeRecords(size, n * size));
  const start = performance.now();
  let done = 0;
  for (; done < count && performance.now() - start < MAX_PHASE_MS; done++) {
    await subject.append(done % STREAMS, records[done]!);
  }
  return perSecond(done * size, start);
};

export const readRound = async (subject: OpenSubject, { scale }: Scale): Promise<Figures> => {
  const limit = Math.ceil(120_000 * scale);
  const rate = async (read: () => Promise<number>): Promise<number> => {
    const start = performance.now();
    return perSecond(await read(), start);
  };
  return {
    read_all_per_s: await rate(() => subject.readAll(limit)),
    ...(subject.readStream && { read_stream_per_s: await rate(() => subject.readStream!(0, limit)) }),
  };
};

const perSecond = (events: number, start: number): number => events / ((performance.now() - start) / 1_000);
