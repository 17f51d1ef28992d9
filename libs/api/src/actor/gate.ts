import { ApiError } from '../error/api-error.js';

/** Lets a few expensive jobs run at once; the others wait their turn in a bounded queue. */
export class Gate {
  private readonly atOnce: number;
  private readonly maxWaiting: number;
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(atOnce: number, maxWaiting: number) {
    this.atOnce = atOnce;
    this.maxWaiting = maxWaiting;
  }

  /** Throws UNAVAILABLE when too many wait already. */
  async run<T>(what: string, job: () => Promise<T>): Promise<T> {
    if (this.running >= this.atOnce) {
      if (this.waiting.length >= this.maxWaiting) {
        throw new ApiError(
          'UNAVAILABLE',
          `${what}: ${this.maxWaiting} requests wait for this already; try again later`,
        );
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else this.running++;
    try {
      return await job();
    } finally {
      // A job that waits takes over the place; nobody can slip in between.
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}
