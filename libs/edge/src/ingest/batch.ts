import { encodeSamples, type Fact, type Sample } from '@millwright/events';
import { Tally } from './tally.js';

/** Largest batch: far below the log's 1 MiB however the text in it is escaped. */
export const MAX_BATCH_SAMPLES = 1_000;
export const MAX_BATCH_BYTES = 512 * 1024;

/** What one asset gave over one connection, collecting until it is written as one SamplesRecorded. */
export class Batch {
  readonly connection: string;
  readonly samples: Sample[] = [];
  readonly filtered = new Tally();
  readonly rejected = new Tally();
  /** Nothing is added any more: it is being written, or a fact that must come after it waits behind it. */
  sealed = false;
  private sampleBytes = 0;
  private answer: Answer | undefined;

  constructor(connection: string) {
    this.connection = connection;
  }

  add(sample: Sample): void {
    this.samples.push(sample);
    // Index, two times and status take up to 64; a text may grow sixfold by escapes; the name stands once, counted each time.
    this.sampleBytes += 64 + sample.signal.length + (typeof sample.value === 'string' ? 6 * sample.value.length : 24);
  }

  get empty(): boolean {
    return this.samples.length + this.filtered.total + this.rejected.total === 0;
  }

  get full(): boolean {
    return (
      this.samples.length >= MAX_BATCH_SAMPLES ||
      this.sampleBytes + this.filtered.bytes + this.rejected.bytes >= MAX_BATCH_BYTES
    );
  }

  /** Resolves when the batch is durable; one promise however many offers wait for it. */
  get durable(): Promise<void> {
    return (this.answer ??= makeAnswer()).promise;
  }

  settle(error?: Error): void {
    if (error === undefined) this.answer?.resolve();
    else this.answer?.reject(error);
  }

  fact(gateway: string, sequence: number, time: number): Fact {
    const { filtered, rejected } = this;
    return {
      type: 'SamplesRecorded',
      data: {
        gateway,
        connection: this.connection,
        sequence,
        ...encodeSamples(this.samples, time),
        ...(filtered.total > 0 && { filtered: filtered.entries() }),
        ...(rejected.total > 0 && { rejected: rejected.entries() }),
      },
    };
  }
}

interface Answer {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const makeAnswer = (): Answer => {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
};
