import { Backoff, type BackoffOptions, pause, type RawSample } from '@millwright/edge';
import { BlockReader, type ReadReport, type RegisterSource } from './block-reader.js';
import { type Block, type ModbusPoint, planReads, type PlanLimits } from './read-plan.js';

/** How often a point that the device refused is tried again; the first time soon, since a controller may only be starting. */
const RETRY_FAULTS: BackoffOptions = { minMs: 2_000, maxMs: 60_000 };

interface Group {
  readonly intervalMs: number;
  blocks: Block[];
  /** On the monotonic clock, milliseconds. */
  dueAt: number;
}

interface BadPoint {
  readonly point: ModbusPoint;
  readonly group: Group;
  readonly backoff: Backoff;
  dueAt: number;
}

export interface PollerOptions {
  readonly source: RegisterSource;
  readonly points: readonly ModbusPoint[];
  readonly limits: PlanLimits;
  readonly report: ReadReport;
  /** Wall clock, epoch milliseconds. */
  readonly now: () => number;
  /** Resolves when the samples are in safe hands; polling waits for it. */
  readonly deliver: (samples: readonly RawSample[]) => Promise<void>;
  readonly retryFaults?: BackoffOptions;
}

/** Polls one device: a group of requests per interval, one request at a time, and no poll before the last one is delivered. */
export class Poller {
  private readonly options: PollerOptions;
  private readonly reader: BlockReader;
  private readonly groups: readonly Group[];
  private readonly bad = new Set<BadPoint>();

  constructor(options: PollerOptions) {
    this.options = options;
    this.reader = new BlockReader(options.source, options.report, options.now);
    const start = performance.now();
    this.groups = [...new Set(options.points.map((p) => p.intervalMs))].map((intervalMs) => ({
      intervalMs,
      blocks: planReads(
        options.points.filter((p) => p.intervalMs === intervalMs),
        options.limits,
      ),
      dueAt: start,
    }));
  }

  get requests(): number {
    return this.groups.reduce((sum, { blocks }) => sum + blocks.length, 0);
  }

  /** Until the signal aborts; rejects with a sentence when the link is lost or the samples cannot be delivered. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const due = [...this.groups, ...this.bad].reduce<Group | BadPoint | undefined>(
        (first, next) => (first === undefined || next.dueAt < first.dueAt ? next : first),
        undefined,
      );
      const wait = (due?.dueAt ?? Number.POSITIVE_INFINITY) - performance.now();
      // The longest wait is a day: a timer's limit is below 25 of them.
      if (wait > 0) await pause(Math.min(wait, 86_400_000), signal);
      if (due === undefined || due.dueAt > performance.now() || signal.aborted) continue;
      await ('point' in due ? this.retry(due) : this.poll(due));
    }
  }

  private async poll(group: Group): Promise<void> {
    // Polls that a slow device or sink made impossible are left out, not made up for.
    const late = performance.now() - group.dueAt;
    group.dueAt += group.intervalMs * (1 + Math.floor(late / group.intervalMs));
    const samples: RawSample[] = [];
    const kept: Block[] = [];
    try {
      for (const block of group.blocks) {
        const result = await this.reader.read(block, samples);
        kept.push(...result.kept);
        for (const point of result.bad) this.setAside(point, group);
      }
      group.blocks = kept;
    } finally {
      if (samples.length > 0) await this.options.deliver(samples);
    }
  }

  private setAside(point: ModbusPoint, group: Group): void {
    const backoff = new Backoff(this.options.retryFaults ?? RETRY_FAULTS);
    this.bad.add({ point, group, backoff, dueAt: performance.now() + backoff.next() });
  }

  private async retry(bad: BadPoint): Promise<void> {
    const samples: RawSample[] = [];
    const [block] = planReads([bad.point], this.options.limits);
    const { kept } = await this.reader.read(block!, samples);
    if (kept.length > 0) {
      this.bad.delete(bad);
      bad.group.blocks.push(...kept);
    } else {
      bad.dueAt = performance.now() + bad.backoff.next();
    }
    if (samples.length > 0) await this.options.deliver(samples);
  }
}
