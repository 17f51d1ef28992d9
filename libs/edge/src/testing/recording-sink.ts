import type { RawSample, SampleSink } from '../connector.port.js';

export interface LinkChange {
  readonly state: 'up' | 'down';
  readonly reason: string;
}

interface Waiter {
  readonly holds: () => boolean;
  readonly resolve: () => void;
}

/** A sink for specs: keeps what it is given, holds its answers back when told to, and lets a spec wait for a condition. */
export class RecordingSink implements SampleSink {
  readonly samples: RawSample[] = [];
  readonly links: LinkChange[] = [];
  readonly rejects: { readonly reason: string; readonly example: string }[] = [];
  private held: { readonly count: number; readonly resolve: () => void; readonly reject: (error: Error) => void }[] =
    [];
  private waiters: Waiter[] = [];
  private holding = false;

  offer(samples: readonly RawSample[]): Promise<void> {
    this.samples.push(...samples);
    const answer = this.holding
      ? new Promise<void>((resolve, reject) => this.held.push({ count: samples.length, resolve, reject }))
      : Promise.resolve();
    this.check();
    return answer;
  }

  push(samples: readonly RawSample[]): void {
    this.samples.push(...samples);
    this.check();
  }

  link(state: 'up' | 'down', reason: string): void {
    this.links.push({ state, reason });
    this.check();
  }

  reject(reason: string, example: string): void {
    this.rejects.push({ reason, example });
    this.check();
  }

  /** From now on offers stay unanswered. */
  hold(): void {
    this.holding = true;
  }

  /** Answers everything held back; later offers are answered at once. */
  release(): void {
    this.holding = false;
    for (const { resolve } of this.held.splice(0)) resolve();
  }

  /** Fails everything held back, as a sink does that closes; it goes on holding. */
  fail(message: string): void {
    for (const { reject } of this.held.splice(0)) reject(new Error(message));
  }

  /** Samples offered that have no answer yet. */
  get outstanding(): number {
    return this.held.reduce((sum, { count }) => sum + count, 0);
  }

  of(signal: string): RawSample[] {
    return this.samples.filter((s) => s.signal === signal);
  }

  /** Resolves once the condition holds, looked at after each call of the connector; rejects with `what` after the deadline. */
  until(what: string, holds: () => boolean, deadlineMs = 10_000): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters = this.waiters.filter((w) => w !== waiter);
        const seen = { samples: this.samples.slice(-5), links: this.links, rejects: this.rejects.slice(-5) };
        reject(new Error(`still waiting after ${deadlineMs} ms for: ${what}; last seen ${JSON.stringify(seen)}`));
      }, deadlineMs);
      const waiter: Waiter = {
        holds,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.waiters.push(waiter);
    });
  }

  private check(): void {
    if (this.waiters.length === 0) return;
    const ready = this.waiters.filter((w) => w.holds());
    this.waiters = this.waiters.filter((w) => !ready.includes(w));
    for (const { resolve } of ready) resolve();
  }
}
