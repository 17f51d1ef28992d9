import type { AssetLane } from './asset-lane.js';

interface Rest {
  readonly timer: NodeJS.Timeout;
  readonly end: () => void;
}

/**
 * Starts the lanes' writes at the end of the event loop's turn, all together: what arrived in one turn goes in one batch, and what the lanes
 * hand over in one turn shares one fsync.
 */
export class WriteSchedule {
  private readonly due = new Set<AssetLane>();
  private readonly resting = new Set<Rest>();
  private spacingMs: number;
  private immediate: NodeJS.Immediate | undefined;

  /** `spacingMs`: least time between the starts of two writes of one lane. */
  constructor(spacingMs: number) {
    this.spacingMs = spacingMs;
  }

  add(lane: AssetLane): void {
    this.due.add(lane);
    this.immediate ??= setImmediate(() => this.start());
  }

  /** No more spacing: the ingest is closing. */
  hurry(): void {
    this.spacingMs = 0;
    for (const rest of this.resting) rest.end();
  }

  private start(): void {
    this.immediate = undefined;
    const lanes = [...this.due];
    this.due.clear();
    const rest = this.spacingMs > 0 ? this.rest() : undefined;
    for (const lane of lanes) lane.writeNext(rest);
  }

  private rest(): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(rest.timer);
        this.resting.delete(rest);
        resolve();
      };
      const rest: Rest = { timer: setTimeout(() => end(), this.spacingMs), end };
      this.resting.add(rest);
    });
  }
}
