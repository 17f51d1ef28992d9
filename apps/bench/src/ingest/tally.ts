/** What a subscriber got: counts each sample once by (topic, count on the topic), and the time each took. */
export class Tally {
  private readonly seen = new Map<number, Set<number>>();
  private readonly latencies: number[] = [];
  received = 0;
  duplicates = 0;
  firstAt = 0;
  lastAt = 0;

  add(topic: number, count: number, sentAt: number, now: number): void {
    let counts = this.seen.get(topic);
    if (!counts) this.seen.set(topic, (counts = new Set()));
    if (counts.has(count)) {
      this.duplicates++;
      return;
    }
    counts.add(count);
    if (this.received++ === 0) this.firstAt = now;
    this.lastAt = now;
    this.latencies.push(now - sentAt);
  }

  result(): TallyResult {
    const sorted = Float64Array.from(this.latencies).sort();
    const quantile = (q: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
    const { received, duplicates, firstAt, lastAt } = this;
    return { received, duplicates, firstAt, lastAt, p50: quantile(0.5), p99: quantile(0.99) };
  }
}

/** Times in epoch milliseconds, quantiles in milliseconds. */
export interface TallyResult {
  readonly received: number;
  readonly duplicates: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly p50: number;
  readonly p99: number;
}
